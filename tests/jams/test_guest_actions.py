"""A browser becomes an attendee with its first action, and only if that is done."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Attendee, Entry, Jam
from jams.services import guest_actions
from jams.services.room_code import get_room_code
from tests.builders import make_entry, make_jam

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def entry() -> Entry:
    return make_entry(jam=make_jam(room_secret="secret"))


def act(action: Callable[..., Any], entry: Entry, **what: Any) -> Any:
    place: dict[str, Jam | Entry] = {"entry": entry} if "part" in what else {"jam": entry.jam}
    return action(browser="phone", now=NOW, **place, **what)


@pytest.mark.parametrize(
    ("action", "what"),
    [
        (guest_actions.join_jam, {"name": " "}),
        (guest_actions.sign_up_for_part, {"part": "bass"}),
        (guest_actions.drop_out_of_part, {"part": "bass"}),
        (guest_actions.enter_room_code, {"code": "wrong"}),
        (guest_actions.request_move_code, {}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_refused_action_creates_no_attendee(action: Callable[..., Any], what: Any, entry: Entry) -> None:
    with pytest.raises(ActionError):
        act(action, entry, **what)
    assert Attendee.objects.count() == 0


def test_leave_jam_by_a_stranger_changes_nothing(entry: Entry) -> None:
    assert act(guest_actions.leave_jam, entry) is False
    assert Attendee.objects.count() == 0


def test_browser_is_one_attendee_for_all_actions(entry: Entry) -> None:
    musician = act(guest_actions.join_jam, entry, name="Dana")
    act(guest_actions.enter_room_code, entry, code=get_room_code(entry.jam, now=NOW).upper())
    assert act(guest_actions.sign_up_for_part, entry, part="bass") is True
    assert act(guest_actions.drop_out_of_part, entry, part="bass") is True
    assert act(guest_actions.leave_jam, entry) is True
    assert list(Attendee.objects.values_list("pk", "in_room", "name")) == [(musician.pk, True, "")]
