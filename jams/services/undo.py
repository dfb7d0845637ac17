"""Taking back what was done, for a while, and only as long as nothing has been built on it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NoReturn

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from core.signals import list_changed, send_on_commit
from jams.models import Entry, Event, Performance
from jams.services.entry_transitions import lock_jam, save_entry, snapshot
from jams.services.event_log import Verb, event_actor, record_event
from songs.models import Song

WINDOW = timedelta(minutes=15)
WORDS = ("song", "name", "from", "to")  # of an event's data: what its sentence needs


def can_be_undone(event: Event, *, now: datetime) -> bool:
    """Whether `undo` may be tried: it is of a kind that can be taken back, recent, and not taken back yet."""
    return event.verb in UNDOERS and event.undone_at is None and event.user_id is not None and now - event.at <= WINDOW


@transaction.atomic
def undo_event(*, event: Event, user: User, now: datetime) -> Event:
    """Take `event`, of a host, back as if it had not been; return the event that says so.

    Raises Conflict when it cannot be taken back, is more than 15 minutes old, was taken back before, or when
    something that came later depends on it.
    """
    jam = lock_jam(event.jam)
    event = Event.objects.select_related("user", "attendee", "entry__song").get(pk=event.pk)
    event.jam = jam
    if event.undone_at is not None:
        raise Conflict(_("This has already been undone."))
    if not can_be_undone(event, now=now):
        raise Conflict(_("This can't be undone any more."))
    if jam.is_over and event.verb != Verb.END_JAM:
        raise Conflict(_("This jam has ended."))
    _take_back(event, now)
    data = {word: event.data[word] for word in WORDS if word in event.data}
    return record_event(
        jam=jam,
        verb=Verb.UNDO,
        now=now,
        user=user,
        entry=event.entry,
        undone=event.verb,
        by=event_actor(event),
        data=data,
    )


def _take_back(event: Event, now: datetime) -> None:
    UNDOERS[event.verb](event)
    event.undone_at = now
    event.save(update_fields=["undone_at"])
    for other in Event.objects.select_related("attendee", "entry__song").filter(
        pk__in=event.data.get("with_events", [])
    ):
        other.jam = event.jam
        _take_back(other, now)


def _changes(event: Event) -> None:
    """Put every entry back to where it was, if each still is where the act left it."""
    changes = event.data["changes"]
    entries = {str(entry.pk): entry for entry in event.jam.entries.select_related("song").filter(pk__in=changes)}
    for key, change in changes.items():
        if key not in entries or snapshot(entries[key]) != change["after"]:
            _refuse()
    for key, change in changes.items():
        entries[key].jam = event.jam
        save_entry(entries[key], change["before"])  # refuses to put a second song on stage


def _finish(event: Event) -> None:
    """Put the song back on stage, and count one play less."""
    _changes(event)
    if event.entry is None:
        _refuse()
    finished_at = parse_datetime(event.data["changes"][str(event.entry_id)]["after"]["finished_at"])
    songs = Song.objects.filter(pk=event.entry.song_id)
    if not songs.filter(last_played_at=finished_at).update(
        times_played=F("times_played") - 1, last_played_at=event.data["last_played"]
    ):
        songs.update(times_played=F("times_played") - 1)  # it has been played elsewhere since
    send_on_commit(list_changed, what="songs")


def _switches(event: Event) -> None:
    """Set every switch back, if each still is as the act left it."""
    switches = event.data["switches"]
    if any(getattr(event.jam, name) != after for name, (_before, after) in switches.items()):
        _refuse()
    for name, (before, _after) in switches.items():
        setattr(event.jam, name, before)
    event.jam.save(update_fields=list(switches))


def _walk_up(event: Event) -> None:
    """Take the musician out of the song again, and away if this was all they came for."""
    performance = (
        Performance.objects.select_related("entry__jam", "attendee").filter(pk=event.data["performance"]).first()
    )
    if performance is None or performance.entry.status not in Entry.UPCOMING:
        _refuse()
    attendee = performance.attendee
    performance.delete()
    if event.data["is_new"] and not attendee.performances.exists():
        attendee.delete()


def _no_show(event: Event) -> None:
    _presence(event, no_show=False)


def _showed_up(event: Event) -> None:
    _presence(event, no_show=True)


def _presence(event: Event, *, no_show: bool) -> None:
    performances = Performance.objects.select_related("entry__jam").filter(pk__in=event.data["performances"])
    if len(performances) != len(event.data["performances"]):
        _refuse()
    for performance in performances:
        performance.no_show = no_show
        performance.save(update_fields=["no_show"])


def _rename(event: Event) -> None:
    attendee = event.attendee
    if attendee is None or attendee.name != event.data["to"]:
        _refuse()
    attendee.jam, attendee.name = event.jam, event.data["from"]
    try:
        with transaction.atomic():
            attendee.save(update_fields=["name", "name_key"])
    except IntegrityError:
        _refuse()


def _refuse() -> NoReturn:
    raise Conflict(_("This can't be undone any more: later changes depend on it."))


UNDOERS: dict[str, Callable[[Event], None]] = {
    Verb.OPEN_JAM: _switches,
    Verb.PAUSE_JAM: _switches,
    Verb.RESUME_JAM: _switches,
    Verb.LAST_CALL: _switches,
    Verb.END_JAM: _switches,
    Verb.SET_VOTING: _switches,
    Verb.SET_SIGN_UPS: _switches,
    Verb.SET_SUGGESTIONS: _switches,
    Verb.SET_LIMIT: _switches,
    Verb.SET_CHORD_EDITS: _switches,
    Verb.START_SONG: _changes,
    Verb.FINISH_SONG: _finish,
    Verb.SKIP_SONG: _changes,
    Verb.PUT_ON_DECK: _changes,
    Verb.TAKE_OFF_DECK: _changes,
    Verb.ORDER_DECK: _changes,
    Verb.HIDE_SONG: _changes,
    Verb.APPROVE_SONG: _changes,
    Verb.BRING_BACK: _changes,
    Verb.ADD_WALK_UP: _walk_up,
    Verb.NO_SHOW: _no_show,
    Verb.SHOWED_UP: _showed_up,
    Verb.RENAME_PERSON: _rename,
}
