"""Sign-ups: musicians take parts in songs and drop out of them."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.exceptions import Conflict, Forbidden, Invalid, NotFound
from core.text import clean_text
from jams import policies
from jams.models import Attendee, Entry, EntryStatus, Performance
from jams.services.entry_transitions import require_not_over
from jams.services.event_log import Verb, record_event
from songs.instruments import OTHER, get_catalogue, resolve_words

MAX_OTHER_PART_LENGTH = 40


@transaction.atomic
def sign_up(*, entry: Entry, attendee: Attendee, part: str, other_part: str = "", now: datetime) -> bool:
    """Sign `attendee` up for `part` in `entry`; return whether that changed anything.

    `other_part` names the instrument if `part` is "other". Raises Invalid for an unknown one, Forbidden for a
    listener, NotFound for a song of another jam, and Conflict when the song or the jam takes no sign-ups or the
    performing limit is reached. Locks the musician's row, so concurrent requests can't exceed the limit.
    """
    part, other_part = _clean_part(part, other_part)
    entry, attendee = _lock_entry_and_attendee(entry, attendee)
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
    """Drop `attendee` out of `part` in `entry`; return whether that changed anything.

    This is allowed while sign-ups are closed, because the host can fill a gap only if it shows. Raises NotFound for a
    song of another jam, and Conflict once the song is on stage or the jam has ended.
    """
    entry, attendee = _lock_entry_and_attendee(entry, attendee)
    _refuse_unless_waiting(entry)
    if part not in get_catalogue():  # nobody plays it, and PostgreSQL takes not every text
        return False
    mine = Performance.objects.filter(entry=entry, attendee=attendee, part=part).first()
    if mine is None:
        return False
    mine.entry = entry  # signal receivers read `entry.jam`, which is loaded here
    mine.delete()
    record_event(jam=entry.jam, verb=Verb.WITHDRAW, now=now, attendee=attendee, entry=entry, part=part)
    return True


@transaction.atomic
def withdraw_kinds(*, entry: Entry, attendee: Attendee, part: str, now: datetime) -> bool:
    """Drop `attendee` out of each instrument in `entry` whose nearest general part is `part`. Else as `withdraw`."""
    mine = Performance.objects.filter(entry=entry, attendee=attendee).order_by("pk").values_list("part", flat=True)
    kinds = [slug for slug in mine if get_catalogue().get(slug).part == part]
    dropped = [withdraw(entry=entry, attendee=attendee, part=kind, now=now) for kind in kinds or [part]]
    return any(dropped)


def get_claimed_entries(attendee: Attendee) -> set[int]:
    """Return the ids of the entries that count towards the musician's limit; songs played or missed don't."""
    claims = Performance.objects.filter(attendee=attendee, no_show=False, entry__status__in=Entry.CLAIMING)
    return set(claims.values_list("entry", flat=True))


def _lock_entry_and_attendee(entry: Entry, attendee: Attendee) -> tuple[Entry, Attendee]:
    """Reload both rows and lock them until the transaction ends; votes for the song don't wait for this lock."""
    if entry.jam_id != attendee.jam_id:
        raise NotFound(_("This song is on another jam's set list."))
    attendee = Attendee.objects.select_for_update(no_key=True).get(pk=attendee.pk)
    entries = Entry.objects.select_for_update(no_key=True, of=("self",)).select_related("jam")
    return entries.get_on_list(entry.pk), attendee


def _clean_part(part: str, words: str) -> tuple[str, str]:
    """Return the instrument, and the words for one that the site does not know."""
    if part not in get_catalogue():
        raise Invalid(_("Choose what you play."))
    part, words = resolve_words(part, clean_text(words))
    if part == OTHER and not words:
        raise Invalid(_("Enter your instrument."))
    if len(words) > MAX_OTHER_PART_LENGTH:
        raise Invalid(_("Instruments can have up to %(n)s characters.") % {"n": MAX_OTHER_PART_LENGTH})
    return part, words


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
    require_not_over(entry.jam)
    if entry.status == EntryStatus.PLAYING:
        raise Conflict(_("This song is already on stage."))
    if entry.status == EntryStatus.PLAYED:
        raise Conflict(_("This song has already been played."))
    if entry.status not in (EntryStatus.SUGGESTED, *Entry.UPCOMING):
        raise Conflict(_("This song isn't in the queue."))


def _refuse_above_limit(entry: Entry, attendee: Attendee) -> None:
    """Raise Conflict at the performing limit; a second part in the same song doesn't count."""
    limit, others = entry.jam.performing_limit, get_claimed_entries(attendee) - {entry.pk}
    if len(others) >= limit:
        sentence = ngettext(
            "You're already signed up for %(n)s song, the limit at this jam. Play it or drop out first.",
            "You're already signed up for %(n)s songs, the limit at this jam. Play one or drop out of one first.",
            limit,
        )
        raise Conflict(sentence % {"n": limit})
