from typing import Any

import pytest
from django.utils import timezone

from jams.models import Event
from jams.services.event_log import Verb, describe_event, record_event
from tests.builders import make_attendee, make_entry, make_jam, make_song, make_user

pytestmark = pytest.mark.django_db


def test_a_record_says_who_did_what_when_and_on_what() -> None:
    entry, user, now = make_entry(), make_user(), timezone.now()
    record_event(jam=entry.jam, verb=Verb.SKIP_SONG, now=now, user=user, entry=entry, reason="late")
    event = Event.objects.select_related("jam", "user", "entry").get()
    assert (event.jam, event.verb, event.at, event.user, event.entry) == (entry.jam, "skip_song", now, user, entry)
    assert event.data == {"reason": "late", "song": entry.song.title}


def test_a_sentence_is_told_after_the_musician_and_the_song_have_gone() -> None:
    entry = make_entry(song=make_song(title="Valerie"))
    attendee = make_attendee(jam=entry.jam, name="Dana")
    record_event(jam=entry.jam, verb=Verb.SIGN_UP, now=timezone.now(), attendee=attendee, entry=entry)
    attendee.delete()
    entry.delete()
    assert describe_event(Event.objects.get()) == "Dana signed up for Valerie"


def test_a_host_is_called_by_their_full_name() -> None:
    user = make_user(first_name="Kim", last_name="Park")
    assert describe_event(record_event(jam=make_jam(), verb=Verb.PAUSE_JAM, now=timezone.now(), user=user)) == (
        "Kim Park started a break"
    )


@pytest.mark.parametrize("verb", Verb)
def test_every_verb_has_a_sentence_with_what_a_bare_event_knows(verb: Verb) -> None:
    event: Any = record_event(jam=make_jam(), verb=verb, now=timezone.now())
    assert "%" not in describe_event(event)


def test_what_was_undone_is_told_in_its_own_words() -> None:
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
def test_a_setting_is_named_as_on_the_console(verb: Verb, to: Any, words: str) -> None:
    event = record_event(jam=make_jam(), verb=verb, now=timezone.now(), user=make_user(username="kim"), to=to)
    assert describe_event(event) == words
