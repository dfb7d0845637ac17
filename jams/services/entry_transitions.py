"""How a host changes the set list: one at a time, with what was before and after kept for taking it back."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.exceptions import Conflict, NotFound
from jams.models import Entry, Event, Jam
from jams.services.event_log import record_event

TIMES = ("on_deck_at", "started_at", "finished_at")


def lock_jam(jam: Jam) -> Jam:
    """Return `jam` as it is now, held until the transaction ends: its hosts take turns.

    Held weakly, so that the votes and sign-ups of others, whose rows point at the jam, do not wait. Raises
    NotFound when it has been deleted.
    """
    try:
        return Jam.objects.select_for_update(no_key=True).get(pk=jam.pk)
    except Jam.DoesNotExist:
        raise NotFound(_("This jam no longer exists.")) from None


def lock_open_jam(jam: Jam) -> Jam:
    """Return `jam` as `lock_jam` does; raises Conflict when it has ended."""
    jam = lock_jam(jam)
    if jam.is_over:
        raise Conflict(_("This jam has ended."))
    return jam


def reload_entry(jam: Jam, entry: Entry) -> Entry:
    """Return `entry` as it is now, with its song and this `jam`; raises NotFound when it is not there."""
    found = jam.entries.get_on_list(entry.pk)
    found.jam = jam
    return found


def snapshot(entry: Entry) -> dict[str, str | None]:
    """Return where `entry` stands, as JSON."""
    times = {name: getattr(entry, name) for name in TIMES}
    return {
        "status": str(entry.status),
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
    """Give `entry` the status `to` and `times`, and write that down.

    Raises Conflict when it should go on stage and something else is there.
    """
    before = snapshot(entry)
    save_entry(entry, {"status": to, **(times or {})})
    changes = {str(entry.pk): {"before": before, "after": snapshot(entry)}}
    return record_event(jam=entry.jam, verb=verb, now=now, user=user, entry=entry, changes=changes, **data)


def save_entry(entry: Entry, values: dict[str, Any]) -> None:
    """Save `values` of a `snapshot`, or times, to `entry`; raises Conflict when the stage is not free."""
    for name, value in values.items():
        setattr(entry, name, parse_datetime(value) if name in TIMES and isinstance(value, str) else value)
    try:
        with transaction.atomic():
            entry.save(update_fields=list(values))
    except IntegrityError:
        raise Conflict(_("Another song is on stage.")) from None
