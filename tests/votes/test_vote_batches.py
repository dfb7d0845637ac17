"""Votes that are settled together count as if they had been settled one after the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core.exceptions import ActionError, Conflict, Forbidden, NotFound
from core.group_commit import GroupCommit
from core.signals import jam_changed
from jams.identity.browser_cookie import derive_attendee_key
from jams.models import Attendee, Entry, EntryStatus, Event, JamStatus, Voting
from jams.services.event_log import Verb
from tests.builders import make_attendee, make_entry, make_jam, make_vote
from tests.servers import PATIENCE
from votes.models import Vote
from votes.services import votes
from votes.services.votes import Ballot, SettledVote, cast_vote

NOW = timezone.now()
BROWSERS = ("ana", "ben", "cem")


def make_ballot(entry: Entry, browser: str = "ana", *, wanted: bool = True, slug: str = "", later: int = 0) -> Ballot:
    return Ballot(slug or entry.jam.slug, entry.pk, browser, wanted, NOW + timedelta(seconds=later))


def settle(*ballots: Ballot) -> list[bool | str]:
    """Return for each ballot whether it changed something, or the sentence that refused it."""
    outcomes = votes._settle_together(list(ballots))
    return [outcome.has_changed if isinstance(outcome, SettledVote) else str(outcome) for outcome in outcomes]


def read_hearts(*entries: Entry) -> set[tuple[int, str]]:
    """Return who votes for what, by the names of the browsers."""
    names = {derive_attendee_key(entry.jam_id, name): name for entry in entries for name in BROWSERS}
    return {(entry, names[key or ""]) for entry, key in Vote.objects.values_list("entry", "attendee__browser")}


@pytest.mark.django_db
@given(
    wishes=st.lists(st.tuples(st.sampled_from(BROWSERS), st.integers(0, 2), st.booleans()), max_size=24),
    cuts=st.sets(st.integers(0, 24)),
)
def test_batches_of_any_size_leave_what_single_votes_leave(wishes: list[tuple[str, int, bool]], cuts: set[int]) -> None:
    jam = make_jam()
    entries = [make_entry(jam=jam), make_entry(jam=jam), make_entry()]
    hearts: set[tuple[int, str]] = set()
    expected = []
    for browser, number, wanted in wishes:
        heart = (entries[number].pk, browser)
        expected.append(wanted != (heart in hearts))
        (hearts.add if wanted else hearts.discard)(heart)
    ballots = [make_ballot(entries[number], browser, wanted=wanted) for browser, number, wanted in wishes]
    edges = [0, *sorted(cut for cut in cuts if cut < len(ballots)), len(ballots)]
    changed = [change for start, end in pairwise(edges) for change in settle(*ballots[start:end])]
    assert (changed, read_hearts(*entries)) == (expected, hearts)
    Vote.objects.all().delete()


@pytest.mark.django_db
def test_each_ballot_of_a_batch_is_refused_for_its_own_reason() -> None:
    open_entry = make_entry()
    voted = make_vote(entry=open_entry, attendee=make_attendee(jam=open_entry.jam, browser="x"))
    Attendee.objects.filter(pk=voted.attendee_id).update(
        browser=derive_attendee_key(open_entry.jam_id, "voided"), votes_void=True
    )
    outcomes = settle(
        make_ballot(open_entry),
        make_ballot(make_entry(jam=make_jam(status=JamStatus.ENDED))),
        make_ballot(make_entry(status=EntryStatus.HIDDEN)),
        make_ballot(open_entry, slug="elsewhere"),
        make_ballot(make_entry(jam=make_jam(voting=Voting.MUSICIANS))),
        make_ballot(open_entry, "voided"),
        make_ballot(make_entry(jam=make_jam(room_secret="secret"))),
        make_ballot(open_entry, "ben"),
    )
    assert outcomes == [
        True,
        "This jam has ended.",
        "This song isn't on the set list.",
        "This song isn't on the set list.",
        "Only musicians can vote at this jam. Join in with your name first.",
        "The host removed your votes. Please speak to them.",
        "Enter the room code first. It's on the stage screen.",
        True,
    ]
    assert Attendee.objects.count() == 3, "who was refused is not remembered"


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 20])
def test_a_batch_takes_so_many_statements_whatever_its_size(number: int) -> None:
    jam = make_jam()
    entries = [make_entry(jam=jam) for _ in range(number)]
    settle(*(make_ballot(entry, f"kept {n}") for n, entry in enumerate(entries)))
    ballots = [make_ballot(entry, f"kept {n}", wanted=False) for n, entry in enumerate(entries)]
    ballots += [make_ballot(entry, f"new {n}") for n, entry in enumerate(entries)]
    with CaptureQueriesContext(connection) as queries:
        assert settle(*ballots) == [True] * 2 * number
    # Songs, attendees, new ones, their keys, arrivals, votes, new ones, deletion, and the marks of a savepoint.
    assert len(queries) == 10


@pytest.mark.django_db(transaction=True)
def test_a_batch_announces_a_jam_once_and_counts_every_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    entry, other = make_entry(), make_entry()
    seen: list[tuple[str, int]] = []

    def listen(slug: str, what: str, count: int = 1, **kwargs: Any) -> None:
        seen.append((slug, count))

    jam_changed.connect(listen)
    try:
        ballots = [*(make_ballot(entry, browser) for browser in BROWSERS), make_ballot(entry), make_ballot(other)]
        settle(*ballots)
    finally:
        jam_changed.disconnect(listen)
    assert sorted(seen) == sorted([(entry.jam.slug, 3), (other.jam.slug, 1)])


@contextmanager
def deleting(entry: Entry) -> Iterator[None]:
    """Delete a song whenever votes are about to be inserted, as a host could who is as fast."""

    def delete_first(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(('INSERT INTO "votes_vote"', 'INSERT OR IGNORE INTO "votes_vote"')):
            with connection.cursor() as cursor:
                cursor.execute('DELETE FROM "jams_entry" WHERE "id" = %s', [entry.pk])
        return execute(sql, *rest)

    with connection.execute_wrapper(delete_first):
        yield


@pytest.mark.django_db(transaction=True)
def test_a_vote_that_the_database_refuses_fails_alone() -> None:
    entry, gone = make_entry(), make_entry()
    with deleting(gone):
        outcomes = settle(make_ballot(entry), make_ballot(gone, "ben"), make_ballot(entry, "cem"))
    assert outcomes[0] is outcomes[2] is True
    assert outcomes[1] in ("This song is no longer on the set list.", "This song isn't on the set list.")
    assert read_hearts(entry) == {(entry.pk, "ana"), (entry.pk, "cem")}


@pytest.mark.django_db(transaction=True)
def test_threads_that_vote_at_once_share_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last of each thread's wishes stands, and there are fewer transactions than votes."""
    jam = make_jam()
    entries = [make_entry(jam=jam) for _ in range(3)]
    batches: list[int] = []
    settle_together = votes._settle_together

    def count(ballots: list[Ballot]) -> Any:
        batches.append(len(ballots))
        return settle_together(ballots)

    monkeypatch.setattr(votes, "_group_commit", GroupCommit(count))

    def vote_often(browser: str, entry: Entry) -> None:
        for wanted in (True, False, True, True, browser != "ben"):
            cast_vote(slug=jam.slug, entry_id=entry.pk, browser=browser, wanted=wanted, networks=(), now=timezone.now())
        connections.close_all()

    with ThreadPoolExecutor(9) as pool:
        runs = [pool.submit(partial(vote_often, browser, entry)) for browser in BROWSERS for entry in entries]
        for run in runs:
            run.result(PATIENCE)
    assert read_hearts(*entries) == {(entry.pk, browser) for entry in entries for browser in ("ana", "cem")}
    assert sum(batches) == 45
    assert Attendee.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_refusal_reaches_the_thread_that_asked() -> None:
    entry, closed = make_entry(), make_entry(jam=make_jam(voting=Voting.CLOSED))

    def vote(target: Entry) -> str:
        try:
            cast_vote(
                slug=target.jam.slug, entry_id=target.pk, browser="ana", wanted=True, networks=(), now=timezone.now()
            )
        except (Conflict, Forbidden, NotFound) as refusal:
            return str(refusal)
        finally:
            connections.close_all()
        return "voted"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(vote, [entry, closed] * 10, timeout=PATIENCE))
    assert said == ["voted", "Voting is closed at this jam."] * 10


@pytest.mark.django_db
def test_many_who_arrive_in_one_batch_raise_the_alarm_for_a_crowd(settings: Any) -> None:
    settings.CROWD_ALARM = 5
    entry = make_entry()
    settle(*(make_ballot(entry, f"phone {number}") for number in range(8)))
    assert list(Event.objects.values_list("verb", "data__n")) == [(Verb.CROWD, 8)]


@pytest.mark.django_db
def test_a_song_that_never_was_is_refused_in_a_batch_of_its_own() -> None:
    with pytest.raises(ActionError, match="isn't on the set list"):
        cast_vote(slug="nowhere", entry_id=1, browser="ana", wanted=True, networks=(), now=NOW)
    assert votes._settle_together([]) == []
