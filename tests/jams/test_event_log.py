from typing import Any

import pytest
from django.utils import timezone

from jams.models import Event
from jams.services.event_log import Verb, describe_event, record_event
from tests.builders import make_attendee, make_entry, make_jam, make_song, make_user

pytestmark = pytest.mark.django_db


def test_record_event_stores_actor_action_time_and_entry() -> None:
    entry, user, now = make_entry(), make_user(), timezone.now()
    record_event(jam=entry.jam, verb=Verb.SKIP_SONG, now=now, user=user, entry=entry, reason="late")
    event = Event.objects.select_related("jam", "user", "entry").get()
    assert (event.jam, event.verb, event.at, event.user, event.entry) == (entry.jam, "skip_song", now, user, entry)
    assert event.data == {"reason": "late", "song": entry.song.title}


def test_sentence_survives_deletion_of_musician_and_song() -> None:
    entry = make_entry(song=make_song(title="Valerie"))
    attendee = make_attendee(jam=entry.jam, name="Dana")
    record_event(jam=entry.jam, verb=Verb.SIGN_UP, now=timezone.now(), attendee=attendee, entry=entry)
    attendee.delete()
    entry.delete()
    assert describe_event(Event.objects.get()) == "Dana signed up for Valerie"


def test_sentence_uses_the_full_name_of_a_host() -> None:
    user = make_user(first_name="Kim", last_name="Park")
    assert describe_event(record_event(jam=make_jam(), verb=Verb.PAUSE_JAM, now=timezone.now(), user=user)) == (
        "Kim Park started a break"
    )


@pytest.mark.parametrize("verb", Verb)
def test_sentence_exists_for_every_verb_without_data(verb: Verb) -> None:
    event: Any = record_event(jam=make_jam(), verb=verb, now=timezone.now())
    assert "%" not in describe_event(event)


def test_sentence_of_an_undo_quotes_the_action() -> None:
    user = make_user(username="kim")
    details: dict[str, Any] = {"undone": Verb.SKIP_SONG, "by": "lee", "data": {"song": "Creep"}}
    event = record_event(jam=make_jam(), verb=Verb.UNDO, now=timezone.now(), user=user, **details)
    assert describe_event(event) == "kim undid “lee skipped Creep”"


@pytest.mark.parametrize(
    ("verb", "to", "words"),
    [
        (Verb.SET_VOTING, "musicians", "kim set voting to “musicians only”"),
        (Verb.SET_PERFORMING_LIMIT, 3, "kim set songs per musician to 3"),
        (Verb.SET_ROOM_CODE, True, "kim turned the room code on"),
        (Verb.SET_ROOM_CODE, False, "kim turned the room code off"),
    ],
)
def test_sentence_names_a_setting_as_on_the_console(verb: Verb, to: Any, words: str) -> None:
    event = record_event(jam=make_jam(), verb=verb, now=timezone.now(), user=make_user(username="kim"), to=to)
    assert describe_event(event) == words


@pytest.mark.parametrize(
    ("verb", "to", "words"),
    [
        (Verb.SET_LEAVING, "22:30", "Dana has to leave at 22:30"),
        (Verb.SET_LEAVING, "", "Dana can stay until the end"),
        (Verb.SET_FIRST_TIME, True, "Dana is here for the first time"),
        (Verb.SET_FIRST_TIME, False, "Dana has been here before"),
        (Verb.SET_HOUSE_BAND, True, "Dana is in the house band"),
        (Verb.SET_HOUSE_BAND, False, "Dana is no longer in the house band"),
        (Verb.SET_HARD_STOP_AT, "23:15", "kim set the hard stop to 23:15"),
        (Verb.SET_HARD_STOP_AT, None, "kim removed the hard stop"),
        (Verb.SET_SET_MINUTES, None, "kim removed the minutes per set"),
        (Verb.SET_CHANGEOVER_MINUTES, 0, "kim set minutes between sets to 0"),
    ],
)
def test_what_is_taken_away_has_a_sentence_of_its_own(verb: Verb, to: Any, words: str) -> None:
    user = make_user(username="kim")
    event = record_event(jam=make_jam(), verb=verb, now=timezone.now(), user=user, name="Dana", to=to)
    assert describe_event(event) == words
