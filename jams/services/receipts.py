"""Receipts: the host sees whose locked phone shows a call, and who has had it before their eyes.

There are three kinds of calls: of a band, of a song on deck, and a question to those who could play.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from jams.identity.push_receipts import CallKind, SignedCall
from jams.models import Answer, Attendee, BandStatus, EntryStatus, Jam, Performance, Recipient, Seat


@transaction.atomic
def note_call_delivered(*, jam: Jam, call: SignedCall, now: datetime) -> bool:
    """Note that a locked phone shows `call`; return whether that is new.

    It is not after the band, song or question was called again, or is no longer to come.
    """
    mine = _lock_current(call.kind, jam).filter(pk=call.pk).first()
    called_at = _get_call_time(mine) if mine else None
    if mine is None or called_at is None or int(called_at.timestamp()) != call.second:
        return False
    if mine.delivered_at and mine.delivered_at >= called_at:
        return False
    mine.delivered_at = max(now, called_at)
    mine.save(update_fields=["delivered_at"])
    return True


@transaction.atomic
def note_call_seen(*, jam: Jam, attendee: Attendee, question: int | None = None, now: datetime) -> bool:
    """Note that `attendee` has seen that their band or songs are called, and has read `question`.

    Return whether that is news for the host.
    """
    seats, parts, asked = (_lock_current(kind, jam).filter(attendee=attendee) for kind in CallKind)
    news = [seat for seat in seats if not seat.has_seen(seat.band.called_at)]
    news += parts.filter(seen_at=None)
    news += asked.filter(question=question, seen_at=None)
    for row in news:
        row.seen_at = now
        row.save(update_fields=["seen_at"])
    return bool(news)


def _get_call_time(row: Any) -> datetime | None:
    """Return when the band of a seat, the song of a part or the musicians of a question were called."""
    found: datetime | None
    match row:
        case Seat():
            found = row.band.called_at
        case Performance():
            found = row.entry.on_deck_at
        case _:
            found = row.question.asked_at
    return found


def _lock_current(kind: CallKind, jam: Jam) -> Any:
    """Return those who are called in this way now, by id and locked, because a host may delete one meanwhile."""
    rows: Any
    match kind:
        case CallKind.SEAT:
            rows = Seat.objects.select_related("band__jam").filter(band__jam=jam, band__status=BandStatus.CALLED)
        case CallKind.PART:
            rows = Performance.objects.select_related("entry__jam").filter(entry__jam=jam, no_show=False)
            rows = rows.filter(entry__status=EntryStatus.ON_DECK)
        case CallKind.QUESTION:
            rows = Recipient.objects.select_related("question__jam").filter(question__jam=jam, answer=Answer.NONE)
            rows = rows.filter(question__taken_at=None, question__withdrawn_at=None)
    return rows.select_for_update(of=("self",), no_key=True).order_by("pk")
