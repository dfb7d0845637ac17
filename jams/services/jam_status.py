"""The status of a jam: open, pause, resume, last call, end, reopen; cancel and reinstate."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from jams.models import Event, Jam, JamStatus, SignUps, Suggestions
from jams.services.bands import finish_band_on_stage
from jams.services.entry_transitions import lock_jam, lock_open_jam
from jams.services.event_log import Verb, record_event
from jams.services.stage import finish_song_on_stage


def open_jam(*, jam: Jam, user: User, now: datetime) -> Event | None:
    """Open `jam`; return the event, or None if it is live already. Raises Conflict when it is paused or has ended."""
    return _change_status(jam, JamStatus.LIVE, Verb.OPEN_JAM, only=[JamStatus.SCHEDULED], user=user, now=now)


def pause_jam(*, jam: Jam, user: User, now: datetime) -> Event | None:
    """Start a break; return the event, or None if there is one already.

    During a break no song can be started, but voting goes on. Raises Conflict when the jam is not live.
    """
    return _change_status(jam, JamStatus.PAUSED, Verb.PAUSE_JAM, only=[JamStatus.LIVE], user=user, now=now)


def resume_jam(*, jam: Jam, user: User, now: datetime) -> Event | None:
    """End the break; return the event, or None if the jam is live. Raises Conflict when it is not paused."""
    return _change_status(jam, JamStatus.LIVE, Verb.RESUME_JAM, only=[JamStatus.PAUSED], user=user, now=now)


@transaction.atomic
def end_jam(*, jam: Jam, user: User | None, now: datetime, verb: Verb = Verb.END_JAM) -> Event | None:
    """End `jam` and mark what is on stage as played; return the event, or None if the jam is over already.

    A night that has neither been opened nor begun is cancelled instead, as nobody was there.

    When no host ended it, `user` is None and `verb` gives the reason.
    """
    jam = lock_jam(jam)
    if jam.is_over:
        return None
    if jam.status == JamStatus.SCHEDULED and now < jam.starts_at:
        return cancel_jam(jam=jam, user=user, now=now)
    band = finish_band_on_stage(jam=jam, user=user, now=now)  # with its song
    done = band or finish_song_on_stage(jam=jam, user=user, now=now)
    before, jam.status, jam.ended_at = jam.status, JamStatus.ENDED, now
    jam.save(update_fields=["status"])
    changes = {"status": [before, JamStatus.ENDED]}
    with_events = [done.pk] if done else []
    return record_event(jam=jam, verb=verb, now=now, user=user, settings=changes, with_events=with_events)


@transaction.atomic
def reopen_jam(*, jam: Jam, user: User, now: datetime) -> Event | None:
    """Reopen `jam` at any time after its end, or reinstate it; return the event, or None if it is not over.

    Raises Conflict when the names of the people at the jam have been deleted.
    """
    jam = lock_jam(jam)
    if not jam.is_over:
        return None
    if jam.is_cancelled:
        return reinstate_jam(jam=jam, user=user, now=now)
    _refuse_forgotten(jam)
    jam.status = JamStatus.LIVE
    jam.save(update_fields=["status"])
    changes = {"status": [JamStatus.ENDED, JamStatus.LIVE]}
    return record_event(jam=jam, verb=Verb.REOPEN_JAM, now=now, user=user, settings=changes)


@transaction.atomic
def cancel_jam(*, jam: Jam, user: User | None, now: datetime) -> Event | None:
    """Call `jam` off: it keeps its page, which says so; return the event, or None if it is cancelled already.

    Raises Conflict once it has been opened.
    """
    jam = lock_jam(jam)
    if jam.is_cancelled:
        return None
    if jam.status != JamStatus.SCHEDULED:
        raise Conflict(_("Only a night that hasn't been opened yet can be cancelled."))
    jam.status, jam.ended_at = JamStatus.CANCELLED, now
    jam.save(update_fields=["status"])
    changes = {"status": [JamStatus.SCHEDULED, JamStatus.CANCELLED]}
    return record_event(jam=jam, verb=Verb.CANCEL_JAM, now=now, user=user, settings=changes)


@transaction.atomic
def reinstate_jam(*, jam: Jam, user: User, now: datetime) -> Event | None:
    """Plan a cancelled `jam` again, as it was; return the event, or None if it is not cancelled.

    Raises Conflict when its planned end has passed, or the names of the people at it have been deleted.
    """
    jam = lock_jam(jam)
    if not jam.is_cancelled:
        return None
    _refuse_forgotten(jam)
    if jam.ends_at <= now:
        raise Conflict(_("This night is in the past. Give it a new date first, or copy it."))
    jam.status = JamStatus.SCHEDULED
    jam.save(update_fields=["status"])
    changes = {"status": [JamStatus.CANCELLED, JamStatus.SCHEDULED]}
    return record_event(jam=jam, verb=Verb.REINSTATE_JAM, now=now, user=user, settings=changes)


@transaction.atomic
def announce_last_call(*, jam: Jam, user: User, now: datetime) -> Event | None:
    """Close suggestions and sign-ups; return the event, or None if both are closed already.

    Raises Conflict when the jam has ended.
    """
    jam = lock_open_jam(jam)
    wanted = {"suggestions": Suggestions.OFF, "sign_ups": SignUps.CLOSED}
    changes = {name: [getattr(jam, name), to] for name, to in wanted.items() if getattr(jam, name) != to}
    if not changes:
        return None
    for name, (_before, to) in changes.items():
        setattr(jam, name, to)
    jam.save(update_fields=list(changes))
    return record_event(jam=jam, verb=Verb.ANNOUNCE_LAST_CALL, now=now, user=user, settings=changes)


def _refuse_forgotten(jam: Jam) -> None:
    if jam.forgotten_at is not None:
        raise Conflict(_("The names at this jam have been deleted, so it can't be reopened."))


@transaction.atomic
def _change_status(
    jam: Jam, to: JamStatus, verb: Verb, *, only: Collection[JamStatus], user: User, now: datetime
) -> Event | None:
    jam = lock_open_jam(jam)
    if jam.status == to:
        return None
    if jam.status not in only:
        raise Conflict(_("You can't do that now. Jam status: %(status)s.") % {"status": jam.get_status_display()})
    before, jam.status = jam.status, to
    jam.save(update_fields=["status"])
    return record_event(jam=jam, verb=verb, now=now, user=user, settings={"status": [before, to]})
