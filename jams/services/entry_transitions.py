"""Change entries under a lock, and record the state before and after for undo."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, NotFound
from jams.models import Entry, Event, Jam
from jams.services.event_log import record_event

TIMES = ("on_deck_at", "started_at", "finished_at")


def lock_jam(jam: Jam) -> Jam:
    """Reload `jam` and lock it until the transaction ends, so that actions of its hosts run one after another.

    Uses FOR NO KEY UPDATE, so votes and sign-ups, whose rows refer to the jam, don't wait. Raises NotFound when the
    jam has been deleted.
    """
    try:
        return Jam.objects.select_for_update(no_key=True).get(pk=jam.pk)
    except Jam.DoesNotExist:
        raise NotFound(_("This jam no longer exists.")) from None


def lock_open_jam(jam: Jam) -> Jam:
    """Lock `jam` as `lock_jam` does; raises Conflict when it is over."""
    jam = lock_jam(jam)
    require_not_over(jam)
    return jam


def require_not_over(jam: Jam) -> None:
    """Raise Conflict when `jam` has ended or was cancelled."""
    if jam.is_cancelled:
        raise Conflict(_("This night has been cancelled."))
    if jam.is_over:
        raise Conflict(_("This jam has ended."))


def reload_entry(jam: Jam, entry: Entry) -> Entry:
    """Reload `entry` with its song and this `jam`; raises NotFound when it is not on the jam's set list."""
    found = jam.entries.get_on_list(entry.pk)
    found.jam = jam
    return found


def take_snapshot(entry: Entry) -> dict[str, str | int | None]:
    """Return the status, the band, the place on deck and the times of `entry` as JSON-serialisable data."""
    times = {name: getattr(entry, name) for name in TIMES}
    return {
        "status": str(entry.status),
        "band_id": entry.band_id,
        "place": entry.place,
        **{name: at.astimezone(UTC).isoformat() if at else None for name, at in times.items()},
    }


def transition_entry(
    entry: Entry,
    *,
    to: str,
    verb: str,
    user: User | None,
    now: datetime,
    times: dict[str, Any] | None = None,
    **data: Any,
) -> Event:
    """Set the status of `entry` to `to`, set `times`, and record the event.

    Raises Conflict when `to` is "playing" and another song is on stage.
    """
    before = take_snapshot(entry)
    save_entry(entry, {"status": to, **(times or {})})
    changes = {str(entry.pk): {"before": before, "after": take_snapshot(entry)}}
    return record_event(jam=entry.jam, verb=verb, now=now, user=user, entry=entry, changes=changes, **data)


def save_entry(entry: Entry, values: dict[str, Any]) -> None:
    """Save `values`, shaped as in `take_snapshot`, to `entry`; raises Conflict when another song is on stage."""
    save_columns(entry, values, refusal=_("Another song is on stage."))


def save_columns(row: models.Model, values: dict[str, Any], *, refusal: str) -> None:
    """Save `values`, times also as a snapshot holds them, to `row`; raises Conflict with `refusal` for a constraint."""
    for name, value in values.items():
        setattr(row, name, getattr(type(row), name).field.to_python(value))
    try:
        with transaction.atomic():
            row.save(update_fields=list(values))
    except IntegrityError:
        raise Conflict(refusal) from None
