from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import EntryStatus, Performance, Suggestions, Voting
from jams.services.suggestions import Outcome
from songs.parts import Part
from tests.builders import make_attendee, make_entry, make_jam, make_song
from votes.models import Vote
from votes.services.suggestions import suggest_and_vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PLAYED: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}


def test_suggest_and_vote_adds_one_vote_to_a_listed_song() -> None:
    entry = make_entry()
    listener = make_attendee(jam=entry.jam)
    what: dict[str, Any] = {"jam": entry.jam, "attendee": listener, "song": entry.song, "networks": (), "now": NOW}
    outcomes = [suggest_and_vote(**what).outcome for _ in range(2)]
    assert outcomes == [Outcome.LISTED] * 2
    assert list(Vote.objects.values_list("entry", "attendee")) == [(entry.pk, listener.pk)]


@pytest.mark.parametrize("switch", [Suggestions.EVERYONE, Suggestions.APPROVAL])
def test_suggest_and_vote_votes_once_for_a_new_song(switch: str) -> None:
    jam, song = make_jam(suggestions=switch), make_song()
    first, second = (make_attendee(jam=jam) for _ in range(2))
    for attendee in (first, first, second):
        suggest_and_vote(jam=jam, attendee=attendee, song=song, networks=(), now=NOW)
    assert list(Vote.objects.order_by("pk").values_list("entry__song", "attendee")) == [
        (song.pk, first.pk),
        (song.pk, second.pk),
    ]


@pytest.mark.parametrize(
    ("jam", "attendee"),
    [
        ({"voting": Voting.CLOSED}, {"name": "Dana"}),
        ({"voting": Voting.MUSICIANS}, {}),
        ({"room_secret": "abcde"}, {}),
        ({}, {"votes_void": True}),
    ],
)
def test_suggestion_of_who_may_not_vote_has_no_vote(jam: dict[str, Any], attendee: dict[str, Any]) -> None:
    at = make_jam(**jam)
    voter = make_attendee(jam=at, **attendee)
    suggestion = suggest_and_vote(jam=at, attendee=voter, song=make_song(), networks=(), now=NOW)
    assert (suggestion.outcome, Vote.objects.count()) == (Outcome.ADDED, 0)


def test_suggest_and_vote_rolls_back_the_sign_up() -> None:
    entry = make_entry(jam=make_jam(voting=Voting.CLOSED))
    dana = make_attendee(jam=entry.jam, name="Dana")
    with pytest.raises(ActionError, match="Voting is closed"):
        suggest_and_vote(jam=entry.jam, attendee=dana, song=entry.song, part=Part.BASS, networks=(), now=NOW)
    assert Vote.objects.count() + Performance.objects.count() == 0


def test_suggest_and_vote_refuses_a_played_song() -> None:
    entry = make_entry(**PLAYED)
    with pytest.raises(ActionError, match="has already been played"):
        suggest_and_vote(jam=entry.jam, attendee=make_attendee(jam=entry.jam), song=entry.song, networks=(), now=NOW)
    assert Vote.objects.count() == 0
