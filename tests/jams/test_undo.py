from datetime import timedelta

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Event
from jams.services.event_log import Verb, describe_event, record_event
from jams.services.host_actions import HOST_ACTIONS
from jams.services.jam_status import end_jam, pause_jam
from jams.services.set_list import put_on_deck
from jams.services.undo import WINDOW, can_be_undone, undo_event
from tests.builders import make_attendee, make_entry, make_jam, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()
FINAL = {Verb.SET_ROOM_CODE, Verb.RENEW_STAGE_LINK}
NOT_ON_THE_CONSOLE = {
    Verb.CLOSE_LEFT_OPEN, Verb.CROWD, Verb.VOTES_AT_ONCE, Verb.VOTES_OF_ONE_NETWORK, Verb.VOTES_FOR_ONE_SONG,
    Verb.VOID_VOTES, Verb.UNDO, Verb.ADD_SONGS, Verb.MERGE_SONGS,
}  # fmt: skip
BY_MUSICIANS = {
    Verb.JOIN, Verb.LEAVE, Verb.RENAME, Verb.MOVE_NAME, Verb.SIGN_UP, Verb.WITHDRAW, Verb.SUGGEST_SONG, Verb.SET_CHORDS,
    Verb.SIGN_UP_ACT, Verb.JOIN_ACT, Verb.RENEW_ACT_CODE, Verb.LEAVE_BAND, Verb.SAY_YES, Verb.SAY_NOT_NOW,
}  # fmt: skip


def an_act() -> Event:
    entry = make_entry()
    event = put_on_deck(jam=entry.jam, entry=entry, user=make_user(username="kim"), now=NOW)
    assert event is not None
    return event


def test_undo_exists_for_all_actions_except_two() -> None:
    assert set(HOST_ACTIONS) == set(Verb) - NOT_ON_THE_CONSOLE - BY_MUSICIANS
    assert {action.verb for action in HOST_ACTIONS.values() if action.undo is None} == FINAL


def test_undo_records_a_sentence() -> None:
    event = an_act()
    undone = undo_event(event=event, user=make_user(username="lee"), now=NOW)
    event.refresh_from_db()
    assert event.undone_at == NOW
    assert describe_event(undone) == f"lee undid “kim put {event.data['song']} on deck”"


def test_undo_works_once() -> None:
    event = an_act()
    undo_event(event=event, user=make_user(), now=NOW)
    with pytest.raises(ActionError, match="already been undone"):
        undo_event(event=event, user=make_user(), now=NOW)


def test_undo_itself_is_final() -> None:
    undone = undo_event(event=an_act(), user=make_user(), now=NOW)
    assert not can_be_undone(undone, now=NOW)


@pytest.mark.parametrize(("late", "possible"), [(timedelta(minutes=10), True), (WINDOW, True), (WINDOW * 1.01, False)])
def test_undo_is_possible_for_fifteen_minutes(late: timedelta, possible: bool) -> None:
    event = an_act()
    assert can_be_undone(event, now=NOW + late) == possible
    if not possible:
        with pytest.raises(ActionError, match="any more"):
            undo_event(event=event, user=make_user(), now=NOW + late)


def test_undo_after_the_end_works_only_for_the_end() -> None:
    jam, user = make_jam(), make_user()
    pause = pause_jam(jam=jam, user=user, now=NOW)
    end = end_jam(jam=jam, user=user, now=NOW)
    assert pause is not None
    assert end is not None
    with pytest.raises(ActionError, match="has ended"):
        undo_event(event=pause, user=user, now=NOW)
    undo_event(event=end, user=user, now=NOW)
    jam.refresh_from_db()
    assert jam.status == "paused"


def test_undo_refuses_an_action_of_a_musician() -> None:
    attendee = make_attendee(name="Dana")
    event = record_event(jam=attendee.jam, verb=Verb.SIGN_UP, now=NOW, attendee=attendee)
    with pytest.raises(ActionError):
        undo_event(event=event, user=make_user(), now=NOW)
