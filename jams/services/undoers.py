"""Undo functions, one for each kind of change; `host_actions` assigns them to actions.

Each takes the event and restores the previous state. Each raises Conflict when the rows are no longer as the action
left them.
"""

from typing import Any, NoReturn

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from core.signals import list_changed, send_on_commit
from jams import policies
from jams.models import NAME_FIELDS, Attendee, Band, BandStatus, Entry, EntryStatus, Event, Jam, Performance
from jams.services import membership
from jams.services.band_records import restore_band, take_band_snapshot
from jams.services.entry_transitions import save_entry, take_snapshot
from songs.models import Song


def restore_entries(event: Event) -> None:
    """Restore the status and times of every entry that the action changed."""
    changes = event.data["changes"]
    entries = {str(entry.pk): entry for entry in event.jam.entries.select_related("song").filter(pk__in=changes)}
    for key, change in changes.items():
        if key not in entries or take_snapshot(entries[key]) != change["after"]:
            _refuse()
    for key, change in changes.items():
        entries[key].jam = event.jam
        before, after = change["before"], change["after"]
        changed = {name: value for name, value in before.items() if value != after[name]}
        save_entry(entries[key], changed)  # raises Conflict for a second song on stage; another place calls nobody


def restore_played_song(event: Event) -> None:
    """Put the song back on stage, and subtract the play from its history."""
    restore_entries(event)
    if event.entry is None or event.data.get("song_id", event.entry.song_id) != event.entry.song_id:
        _refuse()  # the song has been merged into another since, which has a history of its own
    finished_at = parse_datetime(event.data["changes"][str(event.entry_id)]["after"]["finished_at"])
    songs = Song.objects.filter(pk=event.entry.song_id)
    if not songs.filter(last_played_at=finished_at).update(
        times_played=F("times_played") - 1, last_played_at=event.data["last_played"]
    ):
        songs.update(times_played=F("times_played") - 1)  # it has been played at another jam since
    send_on_commit(list_changed, what="songs")


def restore_settings(event: Event) -> None:
    """Restore the settings that the action changed."""
    settings = event.data["settings"]
    values = {name: [getattr(Jam, name).field.to_python(value) for value in way] for name, way in settings.items()}
    if any(getattr(event.jam, name) != after for name, (_before, after) in values.items()):
        _refuse()
    for name, (before, _after) in values.items():
        setattr(event.jam, name, before)
    _refuse_hidden_band(event.jam)
    event.jam.save(update_fields=list(settings))


def restore_announcement(event: Event) -> None:
    """Show again what was announced before, unless the name of somebody who was forgotten has been erased from it."""
    if "settings" not in event.data:
        _refuse()
    restore_settings(event)


def remove_added_songs(event: Event) -> None:
    """Remove the songs from the set list, and from the library those that were added to it and are used nowhere else.

    Refused once somebody has voted for one of them, has signed up for it, or has moved it.
    """
    wanted = event.data["entries"]
    entries = event.jam.entries.select_for_update().filter(pk__in=wanted)  # nobody votes for them meanwhile
    moved = sum(entry.status != EntryStatus.QUEUED for entry in entries)
    used = event.jam.entries.filter(pk__in=wanted).exclude(votes=None, performances=None)
    if moved or used.exists():
        _refuse()
    event.jam.entries.filter(pk__in=wanted).delete()
    added = Song.objects.select_for_update().filter(pk__in=event.data["songs"])
    locked = [song.pk for song in added]
    # A song that was merged, or into which one was merged, has more to lose than its place on this list.
    Song.objects.filter(pk__in=locked, entries=None, merged=None, merged_into=None).delete()


def remove_added_performer(event: Event) -> None:
    """Remove the musician from the song, and from the jam if the action added them and they play nothing else."""
    performance = (
        Performance.objects.select_related("entry__jam", "attendee").filter(pk=event.data["performance"]).first()
    )
    if performance is None or performance.entry.status not in (*Entry.UPCOMING, EntryStatus.PLAYING):
        _refuse()
    attendee = performance.attendee
    attendee.jam = event.jam
    performance.delete()
    if event.data["is_new"] and not attendee.performances.exists():
        attendee.delete()


def restore_present(event: Event) -> None:
    _set_presence(event, no_show=False)


def restore_absent(event: Event) -> None:
    _set_presence(event, no_show=True)


def _set_presence(event: Event, *, no_show: bool) -> None:
    performances = Performance.objects.select_related("entry__jam").filter(pk__in=event.data["performances"])
    if len(performances) != len(event.data["performances"]):
        _refuse()
    for performance in performances:
        performance.no_show = no_show
        performance.save(update_fields=["no_show"])


def restore_person(event: Event) -> None:
    """Make somebody who was removed a musician again, with the songs that have not been played meanwhile."""
    if "taken" not in event.data:  # they had their data deleted
        _refuse()
    membership.restore_sign_ups(
        jam=event.jam, attendee=event.attendee, name=event.data["name"], taken=event.data["taken"], now=event.at
    )


def restore_bands(event: Event) -> None:
    """Restore every band that the action changed, and remove one that it put together.

    Musicians who went back on the waiting list after playing get their old place back, unless they have left the list
    since.
    """
    changes = event.data.get("bands", {})
    if not changes:  # somebody had their data deleted
        _refuse()
    bands = {str(band.pk): band for band in event.jam.bands.filter(pk__in=changes)}
    for key, change in changes.items():
        if key not in bands or _is_changed(bands[key], change):
            _refuse()
    for key, change in changes.items():
        band = bands[key]
        band.jam = event.jam
        if change["before"] is None:
            band.delete()
        else:
            restore_band(band, change["before"])
    _refuse_hidden_band(event.jam)
    for pk, (before, after) in event.data.get("waits", {}).items():
        still = Attendee.objects.filter(pk=pk, waits_since=parse_datetime(after))
        still.update(waits_since=parse_datetime(before))  # the bands have announced the change


def _refuse_hidden_band(jam: Jam) -> None:
    """Refuse to leave a band on stage at a song list, whose console does not show it."""
    if not policies.has_bands(jam) and jam.bands.filter(status=BandStatus.ON_STAGE).exists():
        _refuse()


def _is_changed(band: Band, change: dict[str, Any]) -> bool:
    """Whether something that the action changed about `band` has changed again, or songs of its set depend on it."""
    found = take_band_snapshot(band)
    takes_off_stage = change["after"].get("status") == BandStatus.ON_STAGE
    return any(found[name] != value for name, value in change["after"].items()) or (
        takes_off_stage and band.songs.exists()
    )


def restore_waiting(event: Event) -> None:
    """Restore what the action changed about a musician, and remove somebody whom it added, if they play nothing."""
    attendee, changes = event.jam.attendees.filter(events=event).first(), event.data["person"]
    if attendee is None:
        _refuse()
    values = {name: [getattr(Attendee, name).field.to_python(value) for value in way] for name, way in changes.items()}
    if any(getattr(attendee, name) != after for name, (_before, after) in values.items()):
        _refuse()
    attendee.jam = event.jam
    if event.data.get("is_added") and not attendee.performances.exists() and not attendee.seats.exists():
        attendee.delete()
        return
    for name, (before, _after) in values.items():
        setattr(attendee, name, before)
    attendee.save(update_fields=list(values))


def remove_question(event: Event) -> None:
    """Take a question back, unless somebody has said yes."""
    question = event.jam.questions.filter(pk=event.data["question"], taken_at=None).first()
    if question is None:
        _refuse()
    question.jam = event.jam
    question.delete()


def reopen_question(event: Event) -> None:
    """Ask again what was withdrawn, unless the same is being asked already."""
    question = event.jam.questions.filter(pk=event.data["question"]).first()
    if question is None or question.withdrawn_at is None:
        _refuse()
    question.jam, question.withdrawn_at = event.jam, None
    try:
        with transaction.atomic():
            question.save(update_fields=["withdrawn_at"])
    except IntegrityError:
        _refuse()


def restore_name(event: Event) -> None:
    attendee = event.attendee
    if attendee is None or attendee.name != event.data["to"]:
        _refuse()
    attendee.jam, attendee.name = event.jam, event.data["from"]
    try:
        with transaction.atomic():
            attendee.save(update_fields=NAME_FIELDS)
    except IntegrityError:
        _refuse()


def _refuse() -> NoReturn:
    raise Conflict(_("This can't be undone any more: later changes depend on it."))
