"""Web Push: encrypt a message for one browser and sign it as this site (RFC 8291, RFC 8292), and send it.

Every push service sits behind an address that a browser has told us, so it is reached through `core.safe_http`. Why
this is not pywebpush: docs/adr/0035-web-push.md.
"""

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from core.safe_http import BlockedUrlError, Resolver, UnreachableError, post_to_url
from core.stable_names import PUSH_KEY_SALT

CURVE = ec.SECP256R1()
CURVE_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
POINT_BYTES, AUTH_BYTES, SALT_BYTES = 65, 16, 16
RECORD_BYTES = 4096  # the only size that every push service accepts
SEND_SECONDS = 5.0  # for the whole request; other calls wait meanwhile
SIGNATURE_SECONDS = 12 * 60 * 60
GONE = (404, 410)  # RFC 8030: the subscription has ended
TRY_AGAIN = 429  # and everything from 500 on


class Outcome(Enum):
    """What the push service did. `REFUSED`: it will never take this message. `GONE`: nor any other for this browser."""

    ACCEPTED = auto()
    GONE = auto()
    REFUSED = auto()


@dataclass(frozen=True)
class PushTarget:
    """What a browser tells a site that may push to it, its keys in base64url."""

    endpoint: str
    p256dh: str
    auth: str


def is_valid_target(target: PushTarget) -> bool:
    """Whether messages can be encrypted for `target` and its address may be asked; its name is not resolved yet."""
    try:
        parts = urlsplit(target.endpoint)
        has_address = parts.scheme == "https" or (parts.hostname, parts.port) in settings.FETCH_ALSO
        _read_point(target.p256dh)
        return has_address and len(decode(target.auth)) == AUTH_BYTES
    except ValueError:
        return False


def send_message(
    target: PushTarget, message: Mapping[str, Any], *, keep_seconds: int, resolve: Resolver | None = None
) -> Outcome:
    """Send `message` to a browser, which gets it as JSON; the push service keeps it for `keep_seconds` at most.

    Raises UnreachableError if the service does not answer or asks to try again later.
    """
    body = encrypt(json.dumps(message, ensure_ascii=False).encode(), target)
    headers = {
        "Authorization": sign(target.endpoint, now=time.time()),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(keep_seconds),
        "Urgency": "high",
    }
    try:
        status = post_to_url(target.endpoint, body, headers, seconds=SEND_SECONDS, resolve=resolve).status
    except BlockedUrlError:
        return Outcome.GONE
    if status == TRY_AGAIN or status >= 500:  # noqa: PLR2004  (the status codes of HTTP)
        raise UnreachableError(f"status {status}")
    if status in GONE:
        return Outcome.GONE
    return Outcome.ACCEPTED if 200 <= status < 300 else Outcome.REFUSED  # noqa: PLR2004


def encrypt(
    message: bytes, target: PushTarget, *, key: ec.EllipticCurvePrivateKey | None = None, salt: bytes | None = None
) -> bytes:
    """Return `message` as only `target` can read it, in one record; `key` and `salt` are random outside tests."""
    key, salt = key or ec.generate_private_key(CURVE), salt or secrets.token_bytes(SALT_BYTES)
    theirs, ours = decode(target.p256dh), _write_point(key.public_key())
    shared = key.exchange(ec.ECDH(), _read_point(target.p256dh))
    secret = _derive(shared, decode(target.auth), b"WebPush: info\0" + theirs + ours, 32)
    content_key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_BYTES.to_bytes(4) + len(ours).to_bytes(1) + ours
    return header + AESGCM(content_key).encrypt(nonce, message + b"\2", None)  # 2: this is the last record


def sign(endpoint: str, *, now: float) -> str:
    """Return the header that proves to the push service at `endpoint` that a message comes from this site."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(now) + SIGNATURE_SECONDS,
        "sub": settings.BASE_URL or "https://localhost",  # the contact for the push service's operators
    }
    token = jwt.encode(claims, _get_site_key(settings.SECRET_KEY), algorithm="ES256")
    return f"vapid t={token}, k={get_public_key()}"


def get_public_key() -> str:
    """Return this site's public key for `applicationServerKey` in the browser."""
    return encode(_write_point(_get_site_key(settings.SECRET_KEY).public_key()))


@lru_cache(maxsize=1)
def _get_site_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """Derive this site's key from its secret, so that all its processes have the same one and none has to store it.

    48 bytes make every key practically equally likely (FIPS 186-5, A.2.1).
    """
    seed = int.from_bytes(_derive(secret.encode(), b"", PUSH_KEY_SALT.encode(), 48))
    return ec.derive_private_key(seed % (CURVE_ORDER - 1) + 1, CURVE)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _read_point(text: str) -> ec.EllipticCurvePublicKey:
    """Return the public key in base64url; raises ValueError."""
    point = decode(text)
    if len(point) != POINT_BYTES:
        raise ValueError("not an uncompressed point")
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)


def _write_point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode(data: bytes) -> str:
    """Return `data` in base64url without padding."""
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Return what `text` in base64url stands for, with or without padding; raises ValueError."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
