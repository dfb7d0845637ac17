import pytest
from django.db import IntegrityError

from core import short_codes
from core.short_codes import CODE_LENGTH, generate_unique_codes
from tests.builders import make_jam


def test_many_codes_at_once_are_all_different() -> None:
    codes = generate_unique_codes(3000)
    assert (len(codes), len(set(codes)), {len(code) for code in codes}) == (3000, 3000, {CODE_LENGTH})


@pytest.mark.django_db
def test_a_jam_that_draws_a_taken_code_gets_another(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = make_jam()
    draws = iter([taken.code, "free1"])
    monkeypatch.setattr(short_codes, "get_random_string", lambda *_: next(draws))
    jam = make_jam(name="Friday Jam", slug="", code=taken.code)
    assert (jam.code, jam.slug) == ("free1", "friday-jam")


@pytest.mark.django_db
def test_a_code_that_changes_to_a_taken_one_is_refused() -> None:
    taken, jam = make_jam(), make_jam()
    jam.code = taken.code
    with pytest.raises(IntegrityError):
        jam.save()
