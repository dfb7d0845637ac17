"""The address to which a phone reports that it shows a call. It is signed, so that nobody else can report it.

A service worker has no form, so no token against forged requests either; what it holds is only this address.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.core import signing

from core.stable_names import PUSH_RECEIPT_SALT


class CallKind(StrEnum):
    """What somebody is called for: their seat in a band, their part in a song, or a question that they were asked."""

    SEAT = "seat"
    PART = "part"
    QUESTION = "question"


@dataclass(frozen=True)
class SignedCall:
    """A call: the id of the seat, part or recipient, and in which second (Unix time) it was made."""

    kind: CallKind
    pk: int
    second: int


def sign_receipt(kind: CallKind, pk: int, called_at: datetime) -> str:
    """Return the token for the call at `called_at`."""
    return _signer().sign(f"{kind}.{pk}.{int(called_at.timestamp())}")


def read_receipt(token: str) -> SignedCall | None:
    """Return the call of a token, or None for one that we did not make."""
    try:
        kind, pk, second = _signer().unsign(token).split(".")
    except signing.BadSignature:
        return None
    return SignedCall(CallKind(kind), int(pk), int(second))


def _signer() -> signing.Signer:
    return signing.Signer(salt=PUSH_RECEIPT_SALT)
