from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.models import Event, Jam, JamStatus
from jams.selectors.jam_settings import list_settings
from jams.services.jam_settings import (
    set_instrument_set,
    set_musicians_edit_chords,
    set_performing_limit,
    set_sign_ups,
    set_suggestions,
    set_voting,
)
from jams.services.undo import undo_event
from tests.builders import make_jam, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()

SETTINGS = [
    (set_voting, "voting", "voting", "musicians"),
    (set_sign_ups, "sign_ups", "sign_ups", "closed"),
    (set_suggestions, "suggestions", "suggestions", "approval"),
    (set_instrument_set, "instrument_set", "instrument_set", "jazz"),
    (set_performing_limit, "performing_limit", "performing_limit", 5),
    (set_musicians_edit_chords, "musicians_edit_chords", "musicians_edit_chords", False),
]
of_settings = pytest.mark.parametrize(("verb", "word", "field", "value"), SETTINGS)


def turn(verb: Callable[..., Event | None], jam: Jam, word: str, value: Any) -> Event | None:
    return verb(jam=jam, user=make_user(), now=NOW, **{word: value})


@of_settings
def test_setting_is_changed_once_and_undone(
    verb: Callable[..., Event | None], word: str, field: str, value: Any
) -> None:
    jam = make_jam()
    before = getattr(jam, field)
    events = [turn(verb, jam, word, value) for _ in range(2)]
    jam.refresh_from_db()
    assert (getattr(jam, field), events[1], Event.objects.count()) == (value, None, 1)
    assert events[0] is not None
    undo_event(event=events[0], user=make_user(), now=NOW)
    jam.refresh_from_db()
    assert getattr(jam, field) == before


@of_settings
def test_setting_cannot_be_changed_after_the_end(
    verb: Callable[..., Event | None], word: str, field: str, value: Any
) -> None:
    with pytest.raises(ActionError, match="has ended"):
        turn(verb, make_jam(status=JamStatus.ENDED), word, value)


@of_settings
def test_setting_changed_again_is_not_undone(
    verb: Callable[..., Event | None], word: str, field: str, value: Any
) -> None:
    jam = make_jam()
    before, event = getattr(jam, field), turn(verb, jam, word, value)
    assert event is not None
    turn(verb, jam, word, before)
    with pytest.raises(ActionError, match="later changes depend on it"):
        undo_event(event=event, user=make_user(), now=NOW)


@pytest.mark.parametrize(
    ("verb", "word", "value"),
    [(set_voting, "voting", "nobody"), *((set_performing_limit, "performing_limit", number) for number in (0, 51))],
)
def test_setting_refuses_an_unknown_value(verb: Callable[..., Event | None], word: str, value: Any) -> None:
    with pytest.raises(ActionError) as refusal:
        turn(verb, make_jam(), word, value)
    assert get_status(refusal.value) == 400


@pytest.mark.parametrize(("limit", "offered"), [(1, ["1", "2"]), (3, ["2", "3", "4"]), (50, ["49", "50"])])
def test_list_settings_offers_the_next_performing_limits(limit: int, offered: list[str]) -> None:
    jam = make_jam(performing_limit=limit)
    setting = next(setting for setting in list_settings(jam) if setting.field == "performing_limit")
    assert [choice.value for choice in setting.choices] == offered
    assert [choice.value for choice in setting.choices if choice.is_current] == [str(limit)]


def test_list_settings_marks_what_is_in_force() -> None:
    jam = make_jam(voting="musicians", sign_ups="closed", suggestions="approval", musicians_edit_chords=False)
    current = {
        setting.field: [choice.value for choice in setting.choices if choice.is_current]
        for setting in list_settings(jam)
    }
    assert current == {
        "voting": ["musicians"],
        "sign_ups": ["closed"],
        "suggestions": ["approval"],
        "instrument_set": ["rock"],
        "performing_limit": ["3"],
        "musicians_edit_chords": ["no"],
        "format": ["songs"],
    }
