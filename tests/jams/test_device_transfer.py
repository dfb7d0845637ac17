import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.identity.browser_cookie import derive_attendee_key
from jams.models import Attendee, EntryStatus, Event, Jam, JamStatus, MoveCode
from jams.services.attendance import get_or_create_attendee
from jams.services.device_transfer import create_move_code, move_to_device
from jams.services.undo import undo_event
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_user, make_vote
from votes.services.void_votes import void_votes

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PLAYED: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}


def test_code_is_short_readable_and_stored_as_digest() -> None:
    code = create_move_code(attendee=make_attendee(name="Dana"), now=NOW)
    assert re.fullmatch("[ACDEFGHJKMNPQRTUVWXY34679]{6}", code)
    assert code not in str(MoveCode.objects.values().get())


def test_a_code_that_another_musician_holds_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jams.services.device_transfer.LETTERS", "ABC")
    monkeypatch.setattr("jams.services.device_transfer.LENGTH", 1)
    jam = make_jam()
    codes = [create_move_code(attendee=make_attendee(jam=jam, name=name), now=NOW) for name in ("Dana", "Otis", "Zoë")]
    assert sorted(codes) == ["A", "B", "C"]


@pytest.mark.parametrize("spoken", [str.lower, lambda code: f" {code[:3]} {code[3:]} ", lambda code: code])
def test_move_makes_the_other_phone_the_musician(spoken: Callable[[str], str]) -> None:
    dana = make_attendee(name="Dana")
    code = create_move_code(attendee=dana, now=NOW)
    assert move_to_device(jam=dana.jam, code=spoken(code), browser="second", now=NOW) == dana
    assert list(Attendee.objects.values_list("name", "browser")) == [
        ("Dana", derive_attendee_key(dana.jam_id, "second"))
    ]
    assert list(Event.objects.values_list("verb", "attendee", "data")) == [("move_name", dana.pk, {"name": "Dana"})]


def test_move_merges_the_votes_of_both_phones() -> None:
    both, theirs, mine = (make_entry(jam=jam) for jam in [make_jam()] * 3)
    dana = make_attendee(jam=both.jam, name="Dana")
    second = get_or_create_attendee(jam=both.jam, browser="second", now=NOW)
    for entry, attendee in ((both, dana), (mine, dana), (both, second), (theirs, second)):
        make_vote(entry=entry, attendee=attendee)
    move_to_device(jam=both.jam, code=create_move_code(attendee=dana, now=NOW), browser="second", now=NOW)
    assert [entry.votes.count() for entry in (both, mine, theirs)] == [1, 1, 1]
    assert dana.votes.count() == 3
    assert Attendee.objects.count() == 1


def refused(jam: Jam, code: str, *, browser: str = "second", now: datetime = NOW) -> int:
    with pytest.raises(ActionError) as refusal:
        move_to_device(jam=jam, code=code, browser=browser, now=now)
    return get_status(refusal.value)


def test_code_is_valid_once_for_ten_minutes_at_one_jam() -> None:
    dana = make_attendee(name="Dana")
    code = create_move_code(attendee=dana, now=NOW)
    assert refused(make_jam(), code) == 404
    assert refused(dana.jam, code, now=NOW + timedelta(minutes=10)) == 404
    move_to_device(jam=dana.jam, code=code, browser="second", now=NOW + timedelta(minutes=9, seconds=59))
    assert refused(dana.jam, code, browser="third") == 404
    assert refused(dana.jam, "") == 404


def test_new_code_revokes_the_old_one() -> None:
    dana = make_attendee(name="Dana")
    first, second = (create_move_code(attendee=dana, now=NOW) for _ in range(2))
    assert refused(dana.jam, first) == 404
    assert move_to_device(jam=dana.jam, code=second, browser="second", now=NOW) == dana


def test_move_to_a_musicians_phone_is_refused() -> None:
    dana = make_attendee(name="Dana")
    sam = get_or_create_attendee(jam=dana.jam, browser="second", now=NOW)
    sam.name = "Sam"
    sam.save()
    code = create_move_code(attendee=dana, now=NOW)
    assert refused(dana.jam, code) == 409
    assert move_to_device(jam=dana.jam, code=code, browser="third", now=NOW) == dana
    assert Attendee.objects.count() == 2


def test_move_to_the_same_phone_changes_nothing() -> None:
    jam = make_jam()
    dana = get_or_create_attendee(jam=jam, browser="first", now=NOW)
    dana.name = "Dana"
    dana.save()
    assert move_to_device(jam=jam, code=create_move_code(attendee=dana, now=NOW), browser="first", now=NOW) == dana
    assert Attendee.objects.get().browser == derive_attendee_key(jam.pk, "first")


def test_move_keeps_the_history_of_a_former_musician() -> None:
    jam = make_jam()
    sam = get_or_create_attendee(jam=jam, browser="second", now=NOW)
    sam.name, sam.left_at = "Sam", NOW
    sam.save()
    make_performance(entry=make_entry(jam=jam, **PLAYED), attendee=sam)
    dana = make_attendee(jam=jam, name="Dana")
    move_to_device(jam=jam, code=create_move_code(attendee=dana, now=NOW), browser="second", now=NOW)
    assert list(Attendee.objects.order_by("pk").values_list("name", "browser")) == [
        ("Sam", None),
        ("Dana", derive_attendee_key(jam.pk, "second")),
    ]


def test_create_move_code_refuses_a_listener() -> None:
    with pytest.raises(ActionError) as refusal:
        create_move_code(attendee=make_attendee(), now=NOW)
    assert (get_status(refusal.value), MoveCode.objects.count()) == (403, 0)


def test_move_is_refused_after_the_end() -> None:
    dana = make_attendee(name="Dana", jam=make_jam(status=JamStatus.ENDED))
    assert refused(dana.jam, create_move_code(attendee=dana, now=NOW)) == 409


@pytest.mark.parametrize("who", ["musician", "second phone"])
def test_move_of_a_blocked_phone_leaves_the_musician_blocked(who: str) -> None:
    """A script whose votes were removed moved to a fresh phone, or a fresh name to its phone, and voted on."""
    dana = make_attendee(name="Dana")
    entry = make_entry(jam=dana.jam)
    second = get_or_create_attendee(jam=dana.jam, browser="second", now=NOW)
    for attendee in (dana, second):
        make_vote(entry=entry, attendee=attendee)
    event = void_votes(attendee=dana if who == "musician" else second, user=make_user(), now=NOW)
    moved = move_to_device(jam=dana.jam, code=create_move_code(attendee=dana, now=NOW), browser="second", now=NOW)
    moved.refresh_from_db()
    assert moved.votes_void
    assert entry.votes.count() == (0 if who == "musician" else 1)
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    moved.refresh_from_db()
    assert (moved.votes_void, entry.votes.count()) == (False, 1)


def test_move_code_is_of_the_musician_as_they_are_now() -> None:
    dana = make_attendee(name="Dana")
    Attendee.objects.filter(pk=dana.pk).update(left_at=NOW)
    with pytest.raises(ActionError) as refusal:
        create_move_code(attendee=dana, now=NOW)
    assert get_status(refusal.value) == 403
