"""The address to which a phone reports that it shows a call. It is signed, so that nobody else can report it.

A service worker has no form, so no token against forged requests either; what it holds is only this address.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.core import signing

from core.stable_names import PUSH_RECEIPT_SALT

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_DIGITS = 16  # of a moment before the year 2286


class CallKind(StrEnum):
    """What somebody is called for: their seat in a band, their part in a song, or a question that they were asked."""

    SEAT = "seat"
    PART = "part"
    QUESTION = "question"


@dataclass(frozen=True)
class SignedCall:
    """A call: the id of the seat, part or recipient, and the moment that tells it from the calls before and after."""

    kind: CallKind
    pk: int
    called_at: datetime


def sign_receipt(kind: CallKind, pk: int, called_at: datetime) -> str:
    """Return the token for the call at `called_at`."""
    return _signer().sign(f"{kind}.{pk}.{write_moment(called_at)}")


def read_receipt(token: str) -> SignedCall | None:
    """Return the call of a token, or None for one that we did not make."""
    try:
        kind, pk, moment = _signer().unsign(token).split(".")
    except signing.BadSignature:
        return None
    called_at = read_moment(moment)
    return SignedCall(CallKind(kind), int(pk), called_at) if called_at else None


def write_moment(called_at: datetime) -> int:
    """Return a moment as a number for an address: in microseconds, as exact as a column holds it."""
    return (called_at - EPOCH) // timedelta(microseconds=1)


def read_moment(text: str) -> datetime | None:
    """Return the moment of a number that `write_moment` made, or None for another text."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return EPOCH + timedelta(microseconds=int(text)) if is_number else None


def _signer() -> signing.Signer:
    return signing.Signer(salt=PUSH_RECEIPT_SALT)
