"""What the database itself promises of votes."""

import pytest
from django.db import IntegrityError

from tests.builders import make_attendee, make_entry, make_vote
from votes.models import Vote

pytestmark = pytest.mark.django_db


def test_vote_once_per_attendee() -> None:
    vote = make_vote()
    with pytest.raises(IntegrityError, match=r"vote_once_per_attendee|votes_vote\.entry_id"):
        make_vote(entry=vote.entry, attendee=vote.attendee)


def test_votes_are_many_to_many() -> None:
    vote = make_vote()
    make_vote(entry=vote.entry)
    make_vote(entry=make_entry(jam=vote.entry.jam), attendee=vote.attendee)
    assert Vote.objects.count() == 3


def test_votes_are_deleted_with_the_entry() -> None:
    make_vote().entry.delete()
    assert Vote.objects.count() == 0


def test_votes_are_deleted_with_the_attendee() -> None:
    vote = make_vote()
    make_vote(entry=vote.entry)
    vote.attendee.delete()
    assert Vote.objects.count() == 1


def test_vote_str_names_attendee_and_song() -> None:
    entry = make_entry()
    assert str(make_vote(entry=entry, attendee=make_attendee(jam=entry.jam, name="Dana"))) == f"Dana ♥ {entry}"
