"""Undo: a host can reverse a recent action, unless a later change depends on it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from jams.models import Event
from jams.services.entry_transitions import lock_jam, require_not_over
from jams.services.event_log import Verb, get_actor_name, record_event
from jams.services.host_actions import HOST_ACTIONS
from jams.services.undoers import remove_added_songs

WINDOW = timedelta(minutes=15)
WORDS = (
    "song",
    "name",
    "from",
    "to",
    "n",
    "phones",
    "band",
    "seed",
    "instrument",
)  # the keys of an event's data that its sentence uses

#: What is undone although the jam is over.
WHEN_OVER = (Verb.END_JAM, Verb.CANCEL_JAM, Verb.SET_RECAP_PUBLIC)

_undoers: dict[str, Callable[[Event], None]] = {
    Verb.ADD_SONGS: remove_added_songs,  # has a page of its own
    **{action.name: action.undo for action in HOST_ACTIONS.values() if action.undo is not None},
}


def register_undo(verb: Verb, undo: Callable[[Event], None]) -> None:
    """Make an action of an app above `jams` undoable: `undo` reverses its event, or raises Conflict."""
    _undoers[verb] = undo


def can_be_undone(event: Event, *, now: datetime) -> bool:
    """Whether a host may try to undo `event`: the action is reversible, recent and not undone yet."""
    return event.verb in _undoers and event.undone_at is None and event.user_id is not None and now - event.at <= WINDOW


@transaction.atomic
def undo_event(*, event: Event, user: User, now: datetime) -> Event:
    """Undo the host action that `event` records; return the event that records the undo.

    Raises Conflict when the action is final, more than 15 minutes old or already undone, or when a later change
    depends on it.
    """
    jam = lock_jam(event.jam)
    event = Event.objects.select_related("user", "attendee", "entry__song").get(pk=event.pk)
    event.jam = jam
    if event.undone_at is not None:
        raise Conflict(_("This has already been undone."))
    if not can_be_undone(event, now=now):
        raise Conflict(_("This can't be undone any more."))
    if event.verb not in WHEN_OVER:
        require_not_over(jam)
    _reverse(event, now)
    data = {word: event.data[word] for word in WORDS if word in event.data}
    return record_event(
        jam=jam,
        verb=Verb.UNDO,
        now=now,
        user=user,
        entry=event.entry,
        undone=event.verb,
        by=get_actor_name(event),
        data=data,
    )


def _reverse(event: Event, now: datetime) -> None:
    """Reverse `event` and the events that were part of the same action."""
    _undoers[event.verb](event)
    event.undone_at = now
    event.save(update_fields=["undone_at"])
    for other in Event.objects.select_related("attendee", "entry__song").filter(
        pk__in=event.data.get("with_events", [])
    ):
        other.jam = event.jam
        _reverse(other, now)
