"""Who plays what: taking a part in a song, and giving it back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.exceptions import Conflict, Forbidden, Invalid, NotFound
from core.text import clean_text
from jams import policies
from jams.models import Attendee, Entry, EntryStatus, Performance
from jams.services.event_log import Verb, record_event
from songs.parts import Part

LONGEST_WORDS = 40


@transaction.atomic
def sign_up(*, entry: Entry, attendee: Attendee, part: str, other_part: str = "", now: datetime) -> bool:
    """Let `attendee` play `part` in `entry`; return whether that changed anything.

    `other_part` says in words what "other" is. Raises ActionError: 400 for a part that is none, 403 for a listener,
    404 for a song of another jam, 409 when the song or the jam takes no sign-ups or the performing limit is reached.
    The musician's row is locked meanwhile: however many requests come at once, they take turns.
    """
    other_part = _words(part, other_part)
    entry, attendee = _locked(entry, attendee)
    _refuse_unless_open(entry, attendee)
    mine = Performance.objects.filter(entry=entry, attendee=attendee, part=part).first()
    if mine and (mine.other_part, mine.no_show) == (other_part, False):
        return False
    _refuse_above_limit(entry, attendee)
    mine = mine or Performance(attendee=attendee, part=part, created_at=now)
    mine.entry, mine.other_part, mine.no_show = entry, other_part, False
    mine.save()
    record_event(jam=entry.jam, verb=Verb.SIGN_UP, now=now, attendee=attendee, entry=entry, part=part, words=other_part)
    return True


@transaction.atomic
def withdraw(*, entry: Entry, attendee: Attendee, part: str, now: datetime) -> bool:
    """Give `part` in `entry` back; return whether that changed anything.

    That is possible with the sign-ups closed, too: a gap that is known can be filled. Raises ActionError: 404 for a
    song of another jam, 409 once the song is on stage or the jam has ended.
    """
    entry, attendee = _locked(entry, attendee)
    _refuse_unless_waiting(entry)
    mine = Performance.objects.filter(entry=entry, attendee=attendee, part=part).first()
    if mine is None:
        return False
    mine.entry = entry  # loaded already; the receivers ask it for its jam
    mine.delete()
    record_event(jam=entry.jam, verb=Verb.WITHDRAW, now=now, attendee=attendee, entry=entry, part=part)
    return True


def count_claimed(attendee: Attendee) -> set[int]:
    """Return the entries that count towards the musician's limit: what was played, or missed, does not."""
    claims = Performance.objects.filter(attendee=attendee, no_show=False, entry__status__in=Entry.CLAIMING)
    return set(claims.values_list("entry", flat=True))


def _locked(entry: Entry, attendee: Attendee) -> tuple[Entry, Attendee]:
    """Return both as they are now, held until the transaction ends; votes for the song are not held up."""
    if entry.jam_id != attendee.jam_id:
        raise NotFound(_("This song is on another jam's set list."))
    attendee = Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
    entries = Entry.objects.select_for_update(no_key=True, of=("self",)).select_related("jam", "song")
    return entries.get(pk=entry.pk), attendee


def _words(part: str, words: str) -> str:
    words = clean_text(words) if part == Part.OTHER else ""
    if part not in Part.values:
        raise Invalid(_("Choose what you play."))
    if part == Part.OTHER and not words:
        raise Invalid(_("Enter your instrument."))
    if len(words) > LONGEST_WORDS:
        raise Invalid(_("Instruments can have up to %(n)s characters.") % {"n": LONGEST_WORDS})
    return words


def _refuse_unless_open(entry: Entry, attendee: Attendee) -> None:
    audience = policies.who_may_sign_up(entry.jam)
    if not attendee.is_musician:
        raise Forbidden(_("Join in with your name first."))
    _refuse_unless_waiting(entry)
    if not audience.includes(attendee):
        raise Conflict(_("Sign-ups are closed at this jam."))
    if entry.status == EntryStatus.SUGGESTED and entry.suggested_by_id != attendee.pk:
        raise Conflict(_("This song isn't in the queue."))


def _refuse_unless_waiting(entry: Entry) -> None:
    if entry.jam.is_over:
        raise Conflict(_("This jam has ended."))
    if entry.status == EntryStatus.PLAYING:
        raise Conflict(_("This song is already on stage."))
    if entry.status == EntryStatus.PLAYED:
        raise Conflict(_("This song has already been played."))
    if entry.status not in (EntryStatus.SUGGESTED, *Entry.UPCOMING):
        raise Conflict(_("This song isn't in the queue."))


def _refuse_above_limit(entry: Entry, attendee: Attendee) -> None:
    """A second part in the same song costs nothing."""
    limit, others = entry.jam.performing_limit, count_claimed(attendee) - {entry.pk}
    if len(others) >= limit:
        sentence = ngettext(
            "You're already signed up for %(n)s song, the limit at this jam. Play it or drop out first.",
            "You're already signed up for %(n)s songs, the limit at this jam. Play one or drop out of one first.",
            limit,
        )
        raise Conflict(sentence % {"n": limit})
