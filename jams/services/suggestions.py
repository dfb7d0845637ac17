"""Suggest a song for a jam, from the library or a new one."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Forbidden, NotFound
from jams import policies
from jams.models import Attendee, Entry, EntryStatus, Jam
from jams.services.entry_transitions import require_not_over
from jams.services.event_log import Verb, record_event
from jams.services.sign_ups import sign_up
from songs.models import Song
from songs.services.library import get_or_create_song

# Limits on suggestions that have not been played yet. Without them, a script added 2,842 songs to a set list within a
# minute, and phones could no longer load the page.
MAX_OPEN_PER_PERSON = 5
MAX_OPEN_PER_JAM = 100


class Outcome(Enum):
    ADDED = auto()  # now in the queue
    WAITING = auto()  # for the host's approval
    LISTED = auto()  # already on the set list


@dataclass(frozen=True)
class Suggestion:
    entry: Entry
    outcome: Outcome


@transaction.atomic
def suggest_song(
    *,
    jam: Jam,
    attendee: Attendee,
    song: Song | None = None,
    title: str = "",
    artist: str = "",
    part: str = "",
    other_part: str = "",
    now: datetime,
) -> Suggestion:
    """Add `song`, or the song with this `title` and `artist`, to the set list, and sign `attendee` up for `part`.

    Title and artist are looked up in the library, in any spelling; a song is added to the library if there
    is no match. Raises Invalid without title or artist, Forbidden for a listener where only musicians suggest or when
    a listener names a part, Conflict when the jam takes no suggestions or the host has removed the song, and whatever
    `jams.services.sign_ups.sign_up` raises.
    """
    _refuse_unless_open(jam, attendee)
    song = song or get_or_create_song(title, artist)
    if song.archived:
        raise Conflict(_("This song is no longer in the library."))
    entry, added = _get_or_create_entry(jam, song, attendee, now)
    if entry.status in (EntryStatus.HIDDEN, EntryStatus.SKIPPED):
        raise Conflict(_("The host has taken this song off tonight's set list. Please speak to them."))
    if added:
        record_event(jam=jam, verb=Verb.SUGGEST_SONG, now=now, attendee=attendee, entry=entry)
    if part and (added or entry.status != EntryStatus.SUGGESTED):
        sign_up(entry=entry, attendee=attendee, part=part, other_part=other_part, now=now)
    return Suggestion(entry, _outcome(entry, added=added))


def _outcome(entry: Entry, *, added: bool) -> Outcome:
    if entry.status == EntryStatus.SUGGESTED:
        return Outcome.WAITING
    return Outcome.ADDED if added else Outcome.LISTED


def _refuse_unless_open(jam: Jam, attendee: Attendee) -> None:
    if attendee.jam_id != jam.pk:
        raise NotFound(_("You've joined a different jam."))
    require_not_over(jam)
    audience = policies.who_may_suggest(jam)
    if audience is policies.Audience.NOBODY:
        raise Conflict(_("This jam isn't taking suggestions right now."))
    if not audience.includes(attendee):
        raise Forbidden(_("Only musicians can suggest songs at this jam. Join in with your name first."))


def _get_or_create_entry(jam: Jam, song: Song, attendee: Attendee, now: datetime) -> tuple[Entry, bool]:
    """Return the song's entry at `jam`, and whether it is new; handles a concurrent insert."""
    listed = Entry.objects.filter(jam=jam, song=song).select_related("jam", "song")
    if found := listed.first():
        return found, False
    _refuse_above_limits(jam, attendee)
    status = EntryStatus.SUGGESTED if policies.needs_approval(jam) else EntryStatus.QUEUED
    try:
        with transaction.atomic():
            new = Entry.objects.create(jam=jam, song=song, status=status, suggested_by=attendee, created_at=now)
            return new, True
    except IntegrityError:
        return listed.get(), False


def _refuse_above_limits(jam: Jam, attendee: Attendee) -> None:
    """Raise Conflict at a limit. Locks the attendee's row, so concurrent requests can't exceed it."""
    Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
    is_open = Q(status__in=(EntryStatus.SUGGESTED, *Entry.UPCOMING))
    by_guests = Entry.objects.filter(is_open, jam=jam, suggested_by__isnull=False).order_by()
    counted = by_guests.aggregate(all=Count("pk"), mine=Count("pk", filter=Q(suggested_by=attendee)))
    if counted["mine"] >= MAX_OPEN_PER_PERSON:
        sentence = _("You already have %(n)d songs on the set list. Suggest more once one has been played.")
        raise Conflict(sentence % {"n": MAX_OPEN_PER_PERSON})
    if counted["all"] >= MAX_OPEN_PER_JAM:
        raise Conflict(_("The set list is full right now. Please try again later."))
