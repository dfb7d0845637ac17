"""Voting: the one write of the listeners."""

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

NEEDED = (
    "status",
    "jam__slug",
    "jam__status",
    "jam__voting",
    "jam__room_code",
    "song__title",
)  # the whole rows would cost 0.5 ms more


def cast_vote(*, slug: str, entry_id: int, browser: str, wanted: bool, now: datetime) -> Entry:
    """Do as `set_vote` for whoever `browser` is at the jam with this slug; return the entry, NEEDED loaded.

    Raises what `set_vote` raises, and NotFound for what is not on that jam's list.
    """
    try:
        with transaction.atomic():  # a refused vote leaves no attendee behind
            entry = Entry.objects.only(*NEEDED).get_listed(slug, entry_id)
            attendee = get_or_create_attendee(jam=entry.jam, browser=browser, now=now, among=_with_vote_for(entry))
            _apply_vote(entry, attendee, getattr(attendee, "vote_pk", None), wanted, now)
    except IntegrityError:  # the host removed the song, or the jam, in the same moment
        raise NotFound(_("This song is no longer on the set list.")) from None
    return entry


def _with_vote_for(entry: Entry) -> QuerySet[Attendee]:
    """Attendees with the key of their vote for `entry`, or None: who somebody is and what they said in one query."""
    theirs = Vote.objects.filter(entry=entry, attendee=OuterRef("pk")).order_by()
    return Attendee.objects.annotate(vote_pk=Subquery(theirs.values("pk")))


def set_vote(*, entry: Entry, attendee: Attendee, wanted: bool, now: datetime) -> bool:
    """Make it so that `attendee` wants (or does not want) to hear `entry`; return whether that changed anything.

    Asking twice is the same as asking once. `entry.jam` must be loaded. Raises ActionError: 403 when only musicians
    vote and this is none, when the room code was not typed or the attendee's votes were taken out; 409 when the jam
    or the song does not take votes now. A host who closes the voting in the same instant does not stop a vote that
    is already on its way.
    """
    mine = Vote.objects.filter(entry=entry, attendee=attendee).order_by()
    return _apply_vote(entry, attendee, mine.values_list("pk", flat=True).first(), wanted, now)


def _apply_vote(entry: Entry, attendee: Attendee, vote_pk: int | None, wanted: bool, now: datetime) -> bool:
    """As `set_vote`, for who knows the key of the vote that is there, or that there is none."""
    refuse_unless_votable(entry)
    if entry.jam_id != attendee.jam_id:
        raise NotFound(_("This song is on another jam's set list."))
    if not policies.who_may_vote(entry.jam).includes(attendee):
        raise Forbidden(_("Only musicians can vote at this jam. Join in with your name first."))
    _refuse_unless_trusted(entry.jam, attendee)
    if wanted == (vote_pk is not None):
        return False
    return _insert_vote(entry, attendee, now) if wanted else _delete_vote(entry, vote_pk)


def _insert_vote(entry: Entry, attendee: Attendee, now: datetime) -> bool:
    """Write the row, unless an equal request writes it this very moment.

    Not get_or_create: racing with a withdrawal it finds neither the row nor a place for it, and fails.
    """
    Vote.objects.bulk_create([Vote(entry=entry, attendee=attendee, created_at=now)], ignore_conflicts=True)
    send_on_commit(jam_changed, slug=entry.jam.slug, what="votes")  # bulk_create sends no signal
    return True


def _delete_vote(entry: Entry, vote_pk: int | None) -> bool:
    deleted, _models = Vote(pk=vote_pk, entry=entry).delete()  # the receivers ask it for its jam, which is loaded
    return bool(deleted)


def _refuse_unless_trusted(jam: Jam, attendee: Attendee) -> None:
    if jam.room_code and not attendee.in_room:
        raise Forbidden(_("Enter the room code first. It's on the stage screen."))
    if attendee.votes_void:
        raise Forbidden(_("The host removed your votes. Please speak to them."))


def refuse_unless_votable(entry: Entry) -> None:
    """Raise Conflict with the reason when nobody can vote for this entry now. `entry.jam` must be loaded."""
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
