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

    It is not after the band or song was called again, or when it is no longer to come.
    """
    mine = _lock_current(call.kind, jam).filter(pk=call.pk).first()
    if mine is None or _get_call_time(mine) != call.called_at or mine.has_got(call.called_at):
        return False
    mine.delivered_at = max(now, call.called_at)
    mine.save(update_fields=["delivered_at"])
    return True


@transaction.atomic
def note_call_seen(
    *, jam: Jam, attendee: Attendee, question: int | None = None, latest: datetime | None = None, now: datetime
) -> bool:
    """Note that `attendee` has seen that their band or songs are called, and has read `question`.

    `latest` is the moment of the latest call that their page showed: who was called again since has not seen that yet.
    Return whether that is news for the host.
    """
    seats, parts, asked = (_lock_current(kind, jam).filter(attendee=attendee) for kind in CallKind)
    called = [row for row in (*seats, *parts) if latest is None or _get_call_time(row) <= latest]
    return _note_seen([*called, *asked.filter(question=question)], now)


@transaction.atomic
def note_question_seen(*, jam: Jam, attendee: Attendee, question: int, now: datetime) -> bool:
    """Note that `attendee` has read `question`, and no call; return whether that is news for the host."""
    asked = _lock_current(CallKind.QUESTION, jam).filter(attendee=attendee, question=question)
    return _note_seen(list(asked), now)


def _note_seen(rows: list[Any], now: datetime) -> bool:
    news = [row for row in rows if not row.has_seen(_get_call_time(row))]
    for row in news:
        row.seen_at = max(now, _get_call_time(row))
        row.save(update_fields=["seen_at"])
    return bool(news)


def _get_call_time(row: Any) -> Any:
    """Return the moment of the call for a seat, a part or a recipient, which is called now."""
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
