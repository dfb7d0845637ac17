"""Cast and withdraw votes."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Forbidden, NotFound
from core.signals import jam_changed, send_on_commit
from jams import policies
from jams.models import Attendee, Entry, EntryStatus, Jam
from jams.services.attendance import get_or_create_attendee
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


def cast_vote(*, slug: str, entry_id: int, browser: str, wanted: bool, networks: Networks, now: datetime) -> Entry:
    """Call `set_vote` for the attendee of `browser` at the jam with this slug; return the entry, with NEEDED loaded.

    `networks` are keyed hashes of the networks of the request, for the vote alarm.
    Raises what `set_vote` raises, and NotFound when the entry is not on that jam's public set list.
    """
    try:
        with transaction.atomic():  # a refused vote creates no attendee
            entry = Entry.objects.only(*NEEDED).get_listed(slug, entry_id)
            attendee = get_or_create_attendee(jam=entry.jam, browser=browser, now=now, among=_with_vote_for(entry))
            if _apply_vote(entry, attendee, getattr(attendee, "vote_pk", None), wanted, now) and wanted:
                watch_votes(entry=entry, attendee=attendee, networks=networks, now=now)
    except IntegrityError:  # the host has just removed the song or the jam
        raise NotFound(_("This song is no longer on the set list.")) from None
    return entry


def _with_vote_for(entry: Entry) -> QuerySet[Attendee]:
    """Return attendees annotated with the primary key of their vote for `entry`, so that one query reads both."""
    theirs = Vote.objects.filter(entry=entry, attendee=OuterRef("pk")).order_by()
    return Attendee.objects.annotate(vote_pk=Subquery(theirs.values("pk")))


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
    if entry.jam.is_over:
        raise Conflict(_("This jam has ended."))
    if policies.who_may_vote(entry.jam) is policies.Audience.NOBODY:
        raise Conflict(_("Voting is closed at this jam."))
    if entry.status == EntryStatus.PLAYING:
        raise Conflict(_("This song is already on stage."))
    if entry.status == EntryStatus.PLAYED:
        raise Conflict(_("This song has already been played."))
    if entry.status not in Entry.UPCOMING:
        raise Conflict(_("This song isn't in the queue."))
