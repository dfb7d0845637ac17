from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from core.http.statuses import get_status
from core.signals import jam_changed
from jams.models import EntryStatus, JamStatus, Voting
from tests.builders import make_attendee, make_entry, make_jam, make_vote
from votes.models import Vote
from votes.services.votes import set_vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_set_vote_is_idempotent() -> None:
    entry = make_entry()
    attendee = make_attendee(jam=entry.jam)
    changed = [set_vote(entry=entry, attendee=attendee, wanted=True, now=NOW) for _ in range(3)]
    assert changed == [True, False, False]
    assert [(vote.entry_id, vote.attendee_id, vote.created_at) for vote in Vote.objects.all()] == [
        (entry.pk, attendee.pk, NOW)
    ]


def test_set_vote_withdraws_once() -> None:
    vote, kept = make_vote(), make_vote()
    changed = [set_vote(entry=vote.entry, attendee=vote.attendee, wanted=False, now=NOW) for _ in range(2)]
    assert changed == [True, False]
    assert list(Vote.objects.all()) == [kept]


@pytest.mark.parametrize(
    ("jam", "entry", "sentence"),
    [
        ({"status": JamStatus.ENDED}, {}, "This jam has ended."),
        ({"voting": Voting.CLOSED}, {}, "Voting is closed at this jam."),
        ({}, {"status": EntryStatus.PLAYING}, "This song is already on stage."),
        (
            {},
            {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=5), "finished_at": NOW},
            "This song has already been played.",
        ),
        ({}, {"status": EntryStatus.SUGGESTED}, "This song isn't in the queue."),
        ({}, {"status": EntryStatus.HIDDEN}, "This song isn't in the queue."),
    ],
)
@pytest.mark.parametrize("wanted", [True, False])
def test_set_vote_out_of_time_changes_nothing(
    jam: dict[str, Any], entry: dict[str, Any], sentence: str, wanted: bool
) -> None:
    vote = make_vote(entry=make_entry(jam=make_jam(**jam), **entry))
    with pytest.raises(ActionError, match=sentence) as refusal:
        set_vote(entry=vote.entry, attendee=vote.attendee, wanted=wanted, now=NOW)
    assert get_status(refusal.value) == 409
    assert list(Vote.objects.all()) == [vote]


def test_set_vote_refuses_an_attendee_of_another_jam() -> None:
    with pytest.raises(ActionError) as refusal:
        set_vote(entry=make_entry(), attendee=make_attendee(), wanted=True, now=NOW)
    assert get_status(refusal.value) == 404
    assert Vote.objects.count() == 0


def test_set_vote_in_musicians_mode_refuses_listeners() -> None:
    entry = make_entry(jam=make_jam(voting=Voting.MUSICIANS))
    musician = make_attendee(jam=entry.jam, name="Dana")
    with pytest.raises(ActionError) as refusal:
        set_vote(entry=entry, attendee=make_attendee(jam=entry.jam), wanted=True, now=NOW)
    set_vote(entry=entry, attendee=musician, wanted=True, now=NOW)
    assert get_status(refusal.value) == 403
    assert list(Vote.objects.values_list("attendee", flat=True)) == [musician.pk]


@pytest.mark.parametrize("status", [EntryStatus.QUEUED, EntryStatus.ON_DECK])
@pytest.mark.parametrize("jam_status", [JamStatus.SCHEDULED, JamStatus.LIVE, JamStatus.PAUSED])
def test_set_vote_works_until_the_jam_ends(status: str, jam_status: str) -> None:
    entry = make_entry(jam=make_jam(status=jam_status), status=status, on_deck_at=NOW)
    assert set_vote(entry=entry, attendee=make_attendee(jam=entry.jam), wanted=True, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_set_vote_sends_one_signal_per_change() -> None:
    told: list[tuple[str, str]] = []

    def hear(slug: str, what: str, **kwargs: object) -> None:
        told.append((slug, what))

    entry = make_entry()
    attendee = make_attendee(jam=entry.jam)
    jam_changed.connect(hear)
    try:
        for wanted in (True, True, False, False):
            set_vote(entry=entry, attendee=attendee, wanted=wanted, now=NOW)
    finally:
        jam_changed.disconnect(hear)
    assert told == [(entry.jam.slug, "votes")] * 2
