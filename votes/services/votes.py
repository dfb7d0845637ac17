"""Cast and withdraw votes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from core.exceptions import ActionError, Conflict, Forbidden, NotFound
from core.group_commit import GroupCommit
from core.signals import jam_changed, send_on_commit
from jams import policies
from jams.models import Attendee, Entry, EntryStatus, Jam
from jams.services.attendance import Attendees, create_attendees, find_attendees
from jams.services.entry_transitions import require_not_over
from votes.models import Vote
from votes.services.vote_alarm import Networks, watch_votes

NEEDED = (
    "status",
    "jam__slug",
    "jam__status",
    "jam__voting",
    "jam__room_secret",
    "song__title",
)  # loading whole rows takes 0.5 ms longer


class RoomCodeNeeded(Forbidden):
    """This browser has to enter the room code first."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """What somebody wants: the arguments of `cast_vote`."""

    slug: str
    entry_id: int
    browser: str
    wanted: bool
    now: datetime


@dataclass(slots=True)
class SettledVote:
    """What became of a ballot that was not refused."""

    entry: Entry
    attendee: Attendee
    has_changed: bool = False


def cast_vote(*, slug: str, entry_id: int, browser: str, wanted: bool, networks: Networks, now: datetime) -> Entry:
    """Vote for a song, or withdraw the vote if not `wanted`, for the attendee of `browser` at the jam with this slug.

    Idempotent: a retry counts once. Return the entry, with NEEDED loaded. `networks` are keyed hashes of the networks
    of the request, for the vote alarm. Votes that threads of this process cast at the same moment share a transaction;
    the vote has been committed on return, except inside a transaction of the caller. Raises what `set_vote` raises, and
    NotFound when the entry is not on that jam's public set list; then nothing changes.
    """
    ballot = Ballot(slug, entry_id, browser, wanted, now)
    settled = _settle_alone(ballot) if connection.in_atomic_block else _group_commit.run(ballot)
    if settled.has_changed and wanted:
        watch_votes(entry=settled.entry, attendee=settled.attendee, networks=networks, now=now)
    return settled.entry


def _settle_alone(ballot: Ballot) -> SettledVote:
    try:
        (outcome,) = _settle([ballot])
    except IntegrityError:  # the host has just removed the song or the jam
        raise NotFound(_("This song is no longer on the set list.")) from None
    if isinstance(outcome, ActionError):
        raise outcome
    return outcome


def _settle_together(ballots: list[Ballot]) -> Sequence[SettledVote | Exception]:
    """Carry out ballots in one transaction, or each in its own if the database refuses one of them."""
    try:
        return _settle(ballots)
    except (IntegrityError, DataError):
        return [_try_to_settle(ballot) for ballot in ballots]


def _try_to_settle(ballot: Ballot) -> SettledVote | Exception:
    try:
        return _settle_alone(ballot)
    except (ActionError, DatabaseError) as error:
        return error


_group_commit = GroupCommit(_settle_together)


def _settle(ballots: list[Ballot]) -> list[SettledVote | ActionError]:
    """Carry out ballots in one transaction, with the same few statements whatever their number.

    They count in their order: of somebody who is faster than the database, the last wish wins. A refused ballot
    creates no attendee. Rows are written in the order of their keys, so that two processes do not lock each other out.
    """
    with transaction.atomic():
        listed = Entry.objects.only(*NEEDED).listed().without_chords().select_related("jam", "song")
        entries = {entry.pk: entry for entry in listed.filter(pk__in={ballot.entry_id for ballot in ballots})}
        here = {ballot: entry for ballot in ballots if (entry := entries.get(ballot.entry_id))}
        attendees = find_attendees({(entry.jam, ballot.browser, ballot.now) for ballot, entry in here.items()})
        outcomes = [_judge(ballot, here.get(ballot), attendees) for ballot in ballots]
        settled = [
            (b, outcome) for b, outcome in zip(ballots, outcomes, strict=True) if isinstance(outcome, SettledVote)
        ]
        create_attendees([outcome.attendee for _ballot, outcome in settled if outcome.attendee.pk is None])
        _write_votes(settled)
    return outcomes


def _judge(ballot: Ballot, entry: Entry | None, attendees: Attendees) -> SettledVote | ActionError:
    """Return the vote that `ballot` is, still without an effect, or why it is refused."""
    if entry is None or entry.jam.slug != ballot.slug:
        return NotFound(_("This song isn't on the set list."))
    attendee = attendees[entry.jam_id, ballot.browser]
    try:
        refuse_unless_votable(entry)
        _refuse_unless_allowed(entry, attendee)
    except ActionError as refusal:
        return refusal
    return SettledVote(entry, attendee)


def _write_votes(settled: list[tuple[Ballot, SettledVote]]) -> None:
    """Insert and delete rows so that everybody has the votes that they wanted last, and signal what changed."""
    people, songs = {vote.attendee.pk for _, vote in settled}, {vote.entry.pk for _, vote in settled}
    rows = Vote.objects.filter(entry__in=songs, attendee__in=people).order_by().values_list("entry", "attendee", "pk")
    before = {(entry, attendee): pk for entry, attendee, pk in rows} if settled else {}
    wishes: dict[tuple[int, int], Ballot] = {}
    changes: Counter[str] = Counter()
    for ballot, vote in settled:
        key = (vote.entry.pk, vote.attendee.pk)
        is_cast = wishes[key].wanted if key in wishes else key in before
        vote.has_changed = is_cast != ballot.wanted
        changes[ballot.slug] += vote.has_changed
        wishes[key] = ballot
    new = [
        Vote(entry_id=entry, attendee_id=attendee, created_at=wish.now)
        for (entry, attendee), wish in sorted(wishes.items(), key=itemgetter(0))
        if wish.wanted and (entry, attendee) not in before
    ]
    Vote.objects.bulk_create(new, ignore_conflicts=True)  # another process may have inserted the same
    Vote.objects.delete_silently(
        sorted(before[key] for key, wish in wishes.items() if key in before and not wish.wanted)
    )
    for slug in sorted(+changes):
        send_on_commit(jam_changed, slug=slug, what="votes", count=changes[slug])


def set_vote(*, entry: Entry, attendee: Attendee, wanted: bool, now: datetime) -> bool:
    """Vote for `entry`, or withdraw the vote if not `wanted`; return whether that changed anything.

    Idempotent: a retry counts once. `entry.jam` must be loaded. Raises Forbidden when only musicians can vote, or when
    a host has removed the attendee's votes; RoomCodeNeeded without the room code; NotFound for an attendee of another
    jam; and Conflict when the jam or the song takes no votes. There is no lock, so a vote can still commit just after
    a host closes voting.
    """
    mine = Vote.objects.filter(entry=entry, attendee=attendee).order_by()
    return _apply_vote(entry, attendee, mine.values_list("pk", flat=True).first(), wanted, now)


def _apply_vote(entry: Entry, attendee: Attendee, vote_pk: int | None, wanted: bool, now: datetime) -> bool:
    """Do the work of `set_vote`; `vote_pk` is the primary key of the existing vote, or None."""
    refuse_unless_votable(entry)
    _refuse_unless_allowed(entry, attendee)
    if wanted == (vote_pk is not None):
        return False
    return _insert_vote(entry, attendee, now) if wanted else _delete_vote(entry, vote_pk)


def vote_for_suggestion(*, entry: Entry, attendee: Attendee, now: datetime) -> bool:
    """Vote for a song in the name of the `attendee` who has just suggested it; return whether they may.

    A song that waits for approval takes this vote, too. Where the attendee may not vote, the suggestion has no vote.
    """
    try:
        _refuse_unless_allowed(entry, attendee)
    except Forbidden:
        return False
    _insert_vote(entry, attendee, now)
    return True


def _refuse_unless_allowed(entry: Entry, attendee: Attendee) -> None:
    """Raise NotFound or Forbidden unless `attendee` may vote at the jam of `entry`."""
    if entry.jam_id != attendee.jam_id:
        raise NotFound(_("This song is on another jam's set list."))
    if not policies.who_may_vote(entry.jam).includes(attendee):
        raise Forbidden(_("Only musicians can vote at this jam. Join in with your name first."))
    _refuse_unless_trusted(entry.jam, attendee)


def _insert_vote(entry: Entry, attendee: Attendee, now: datetime) -> bool:
    """Insert the vote; a concurrent insert of the same vote is no error.

    `get_or_create` does not work here: if it races with a withdrawal, it can neither insert nor find the row.
    """
    Vote.objects.bulk_create([Vote(entry=entry, attendee=attendee, created_at=now)], ignore_conflicts=True)
    send_on_commit(jam_changed, slug=entry.jam.slug, what="votes")  # bulk_create sends no signal
    return True


def _delete_vote(entry: Entry, vote_pk: int | None) -> bool:
    deleted, _models = Vote(pk=vote_pk, entry=entry).delete()  # signal receivers read `entry.jam`, which is loaded
    return bool(deleted)


def _refuse_unless_trusted(jam: Jam, attendee: Attendee) -> None:
    if jam.asks_for_room_code and not attendee.in_room:
        raise RoomCodeNeeded(_("Enter the room code first. It's on the stage screen."))
    if attendee.votes_void:
        raise Forbidden(_("The host removed your votes. Please speak to them."))


def refuse_unless_votable(entry: Entry) -> None:
    """Raise Conflict when nobody can vote for this entry now. `entry.jam` must be loaded."""
    require_not_over(entry.jam)
    if policies.who_may_vote(entry.jam) is policies.Audience.NOBODY:
        raise Conflict(_("Voting is closed at this jam."))
    if entry.status == EntryStatus.PLAYING:
        raise Conflict(_("This song is already on stage."))
    if entry.status == EntryStatus.PLAYED:
        raise Conflict(_("This song has already been played."))
    if entry.status not in Entry.UPCOMING:
        raise Conflict(_("This song isn't in the queue."))
