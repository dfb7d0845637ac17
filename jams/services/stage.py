"""Host actions on stage: start, finish and skip a song."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from core.signals import list_changed, send_on_commit
from jams.models import BandStatus, Entry, EntryStatus, Event, Jam, JamStatus
from jams.services.entry_transitions import lock_open_jam, reload_entry, transition_entry
from jams.services.event_log import Verb
from songs.models import Song


@transaction.atomic
def start_song(*, jam: Jam, entry: Entry, seen: int | None, user: User, now: datetime) -> Event | None:
    """Start `entry` and finish the song on stage, if any; return the event, or None if it is on stage already.

    While a band is on stage, the song belongs to its set. `seen` is the id of the entry that the host saw on stage, or
    None for an empty stage. Raises NotFound when the entry is not at `jam`, and Conflict when the jam is not live, the
    hard stop has passed, the song is not in the queue, the band's set is complete, or another host has changed what is
    on stage since.
    """
    jam = lock_open_jam(jam)
    entry = reload_entry(jam, entry)
    if entry.status == EntryStatus.PLAYING:
        return None
    _refuse_unless_startable(jam, entry, now)
    band = jam.bands.filter(status=BandStatus.ON_STAGE).first()
    if band and jam.set_minutes is None and band.songs.count() >= jam.set_songs:
        raise Conflict(_("This band has played its set. Finish it, or make the sets of this jam longer."))
    playing = get_entry_on_stage(jam)
    _refuse_unless_seen(playing, seen)
    done = _finish_entry(playing, user, now) if playing else None
    return transition_entry(
        entry,
        to=EntryStatus.PLAYING,
        verb=Verb.START_SONG,
        user=user,
        now=now,
        times={"started_at": now, "on_deck_at": None, "band_id": band.pk if band else None},
        with_events=[done.pk] if done else [],
    )


@transaction.atomic
def finish_song(*, jam: Jam, entry: Entry, user: User, now: datetime) -> Event | None:
    """Mark `entry`, which is on stage, as played; return the event, or None if it has been played already.

    Adds a play to the song's history. Raises NotFound when the entry is not at `jam`, and Conflict when it is not on
    stage.
    """
    jam = lock_open_jam(jam)
    entry = reload_entry(jam, entry)
    if entry.status == EntryStatus.PLAYED:
        return None
    if entry.status != EntryStatus.PLAYING:
        raise Conflict(_("This song isn't on stage."))
    return _finish_entry(entry, user, now)


@transaction.atomic
def skip_song(*, jam: Jam, entry: Entry, user: User, now: datetime, seen: int | None = None) -> Event | None:
    """Skip `entry`, in the queue or on stage, without counting a play; return the event, or None if it is skipped.

    `seen` is the id of the entry that the host saw on stage. Raises NotFound when the entry is not at `jam`, and
    Conflict when it has been played, is not in the queue, or has come on stage since the host looked.
    """
    jam = lock_open_jam(jam)
    entry = reload_entry(jam, entry)
    if entry.status == EntryStatus.SKIPPED:
        return None
    if entry.status not in (*Entry.UPCOMING, EntryStatus.PLAYING):
        raise Conflict(_("This song isn't in the queue."))
    if entry.status == EntryStatus.PLAYING:
        _refuse_unless_seen(entry, seen)
    times = {"on_deck_at": None, "started_at": None, "band_id": None}
    return transition_entry(entry, to=EntryStatus.SKIPPED, verb=Verb.SKIP_SONG, user=user, now=now, times=times)


def finish_song_on_stage(*, jam: Jam, user: User | None, now: datetime) -> Event | None:
    """Finish the song on stage, if there is one; `jam` must be locked (see `lock_jam`)."""
    playing = get_entry_on_stage(jam)
    return _finish_entry(playing, user, now) if playing else None


def get_entry_on_stage(jam: Jam) -> Entry | None:
    """Return the entry on stage with its song and this `jam`, or None."""
    entry = jam.entries.select_related("song").filter(status=EntryStatus.PLAYING).first()
    if entry:
        entry.jam = jam
    return entry


def _finish_entry(entry: Entry, user: User | None, now: datetime) -> Event:
    finished_at = max(now, entry.started_at or now)
    last = entry.song.last_played_at
    times = {"started_at": entry.started_at or now, "finished_at": finished_at}
    Song.objects.filter(pk=entry.song_id).update(times_played=F("times_played") + 1, last_played_at=finished_at)
    send_on_commit(list_changed, what="songs")  # update() sends no signal
    song = {"song_id": entry.song_id, "last_played": last.isoformat() if last else None}
    return transition_entry(
        entry, to=EntryStatus.PLAYED, verb=Verb.FINISH_SONG, user=user, now=now, times=times, **song
    )


def refuse_unless_music_may_start(jam: Jam, now: datetime) -> None:
    """Raise Conflict unless `jam` is live and its hard stop has not passed."""
    if jam.status == JamStatus.SCHEDULED:
        raise Conflict(_("Open the jam first."))
    if jam.status != JamStatus.LIVE:
        raise Conflict(_("The jam is on a break. End the break first."))
    if jam.hard_stop_at is not None and now >= jam.hard_stop_at:
        raise Conflict(_("The hard stop of this jam has passed. Change it to go on playing."))


def _refuse_unless_startable(jam: Jam, entry: Entry, now: datetime) -> None:
    refuse_unless_music_may_start(jam, now)
    if entry.status == EntryStatus.PLAYED:
        raise Conflict(_("This song has already been played."))
    if entry.status not in Entry.UPCOMING:
        raise Conflict(_("This song isn't in the queue."))


def _refuse_unless_seen(playing: Entry | None, seen: int | None) -> None:
    """Raise Conflict if the stage has changed since the host looked, so that two hosts can't start a song at once."""
    if playing and playing.pk != seen:
        raise Conflict(_("Another host got there first: %(song)s is on stage now.") % {"song": playing.song.title})
    if not playing and seen is not None:
        raise Conflict(_("Another host got there first: the stage is empty now."))
