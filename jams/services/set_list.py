"""Host actions on the set list: add a song, put on deck, reorder, hide, approve, bring back."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, NotFound
from jams.models import Entry, EntryStatus, Event, Jam
from jams.services.entry_transitions import lock_open_jam, reload_entry, save_entry, take_snapshot, transition_entry
from jams.services.event_log import Verb, record_event
from songs.models import Song
from songs.services.library import get_or_create_song


@transaction.atomic
def queue_song(
    *, jam: Jam, song: int | None = None, title: str = "", artist: str = "", user: User, now: datetime
) -> Event | None:
    """Add a song to the queue at any time; return the event, or None if it is in the queue already.

    `song` is its id in the library; without one, `title` and `artist` name it, and a song that the library does not
    have is added to it. A suggested, skipped or hidden song comes (back) into the queue. Raises NotFound for an unknown
    id, Invalid without title or artist, and Conflict when the jam has ended, the song was played tonight, or it is no
    longer in the library.
    """
    jam = lock_open_jam(jam)
    found = get_or_create_song(title, artist) if song is None else _get_song(song)
    if found.archived:
        raise Conflict(_("This song is no longer in the library."))
    # A new one begins as hidden, which is how undo leaves it: others may have voted for it or signed up by then.
    entry, _is_new = Entry.objects.select_related("song").get_or_create(
        jam=jam, song=found, defaults={"status": EntryStatus.HIDDEN, "created_at": now}
    )
    entry.jam = jam
    if entry.status in Entry.UPCOMING:
        return None
    if entry.status in (EntryStatus.PLAYING, EntryStatus.PLAYED):
        raise Conflict(
            _("You can't do that: this song is already %(status)s.") % {"status": entry.get_status_display()}
        )
    times = {"started_at": None, "on_deck_at": None}
    return transition_entry(entry, to=EntryStatus.QUEUED, verb=Verb.QUEUE_SONG, user=user, now=now, times=times)


def _get_song(number: int) -> Song:
    try:
        return Song.objects.get(pk=number)
    except Song.DoesNotExist:
        raise NotFound(_("We couldn't find that song.")) from None


def put_on_deck(*, jam: Jam, entry: Entry, user: User, now: datetime) -> Event | None:
    """Put `entry` last on deck, where votes don't move it; return the event, or None if it is on deck already.

    Raises NotFound when the entry is not at `jam`, and Conflict when it is not in the queue.
    """
    return _move_entry(
        jam, entry, EntryStatus.ON_DECK, Verb.PUT_ON_DECK, user=user, now=now, only=[EntryStatus.QUEUED], on_deck_at=now
    )


def take_off_deck(*, jam: Jam, entry: Entry, user: User, now: datetime) -> Event | None:
    """Move `entry` back to the queue, ordered by votes; return the event, or None if it is in the queue already.

    Raises NotFound when the entry is not at `jam`, and Conflict when it is not on deck.
    """
    return _move_entry(
        jam, entry, EntryStatus.QUEUED, Verb.TAKE_OFF_DECK, user=user, now=now, only=[EntryStatus.ON_DECK],
        on_deck_at=None,
    )  # fmt: skip


def hide_song(*, jam: Jam, entry: Entry, user: User, now: datetime) -> Event | None:
    """Hide `entry`, a suggestion or a song in the queue; return the event, or None if it is hidden already.

    Raises NotFound when the entry is not at `jam`, and Conflict when it is on stage, played or skipped.
    """
    only = [EntryStatus.SUGGESTED, *Entry.UPCOMING]
    return _move_entry(jam, entry, EntryStatus.HIDDEN, Verb.HIDE_SONG, user=user, now=now, only=only, on_deck_at=None)


def approve_song(*, jam: Jam, entry: Entry, user: User, now: datetime) -> Event | None:
    """Approve a suggestion, which moves it to the queue; return the event, or None if it is in the queue already.

    Raises NotFound when the entry is not at `jam`, and Conflict when it is not waiting for approval.
    """
    return _move_entry(
        jam, entry, EntryStatus.QUEUED, Verb.APPROVE_SONG, user=user, now=now, only=[EntryStatus.SUGGESTED]
    )


def bring_song_back(*, jam: Jam, entry: Entry, user: User, now: datetime) -> Event | None:
    """Return a skipped or hidden `entry` to the queue; return the event, or None if it is in the queue already.

    Raises NotFound when the entry is not at `jam`, and Conflict when it is neither skipped nor hidden.
    """
    only = [EntryStatus.SKIPPED, EntryStatus.HIDDEN]
    return _move_entry(
        jam,
        entry,
        EntryStatus.QUEUED,
        Verb.BRING_SONG_BACK,
        user=user,
        now=now,
        only=only,
        started_at=None,
        on_deck_at=None,
    )


@transaction.atomic
def order_deck(*, jam: Jam, entry: Entry, place: int, user: User, now: datetime) -> Event | None:
    """Move `entry` to `place` on deck, counted from 1; return the event, or None if it is there already.

    Raises NotFound when the entry is not at `jam`, and Conflict when it is not on deck.
    """
    jam = lock_open_jam(jam)
    entry = reload_entry(jam, entry)
    if entry.status != EntryStatus.ON_DECK:
        raise Conflict(_("This song isn't on deck."))
    deck = list_deck(jam)
    wanted = [other for other in deck if other != entry]
    wanted.insert(max(place, 1) - 1, entry)
    if wanted == deck:
        return None
    return record_event(
        jam=jam, verb=Verb.ORDER_DECK, now=now, user=user, entry=entry, changes=_save_deck_order(jam, wanted)
    )


def list_deck(jam: Jam) -> list[Entry]:
    """Return the entries on deck, the next one first."""
    return list(jam.entries.filter(status=EntryStatus.ON_DECK).order_by("place", "on_deck_at", "pk"))


def _save_deck_order(jam: Jam, wanted: list[Entry]) -> dict[str, Any]:
    """Give the songs on deck the order of `wanted`. Nobody is called again, and receipts still count."""
    changes = {}
    for place, entry in enumerate(wanted, start=1):
        entry.jam = jam
        before = take_snapshot(entry)
        save_entry(entry, {"place": place})
        changes[str(entry.pk)] = {"before": before, "after": take_snapshot(entry)}
    return changes


@transaction.atomic
def _move_entry(
    jam: Jam, entry: Entry, to: EntryStatus, verb: Verb, *, user: User, now: datetime, only: list[EntryStatus],
    **times: datetime | None,
) -> Event | None:  # fmt: skip
    jam = lock_open_jam(jam)
    entry = reload_entry(jam, entry)
    if entry.status == to:
        return None
    if entry.status not in only:
        sentence = _("You can't do that: this song is already %(status)s.")
        raise Conflict(sentence % {"status": entry.get_status_display()})
    values: dict[str, Any] = dict(times)
    if to == EntryStatus.ON_DECK:
        values["place"] = 1 + max((other.place for other in list_deck(jam)), default=0)
    return transition_entry(entry, to=to, verb=verb, user=user, now=now, times=values)
