"""Issuing, recognising and revoking tokens."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import FETCH_RAISE, Q

from core.stable_names import API_TOKEN_PREFIX
from tokens.models import ApiToken

SECRET_BYTES = 32
NOTED_EVERY = timedelta(minutes=1)  # so that a busy program costs one write a minute


def issue(*, user: User, name: str, scopes: Iterable[str], expires_at: datetime, now: datetime) -> tuple[ApiToken, str]:
    """Make a token for `user`; return it with its secret, which nobody can tell again."""
    secret = API_TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken(
        user=user, name=name, scopes=list(scopes), expires_at=expires_at, created_at=now, digest=digest(secret)
    )
    token.full_clean()
    token.save()
    return token, secret


def recognise(*, secret: str, now: datetime) -> ApiToken | None:
    """Return the valid token that `secret` belongs to, its user loaded, or None; notes that it was used."""
    known = ApiToken.objects.valid(now).select_related("user").fetch_mode(FETCH_RAISE)
    token = known.filter(digest=digest(secret)).first()
    if token:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def revoke(*, tokens: Iterable[ApiToken], now: datetime) -> int:
    """Make `tokens` useless from now on; return how many were not so before."""
    return ApiToken.objects.filter(pk__in=[token.pk for token in tokens], revoked_at=None).update(revoked_at=now)


def digest(secret: str) -> str:
    """Return what is kept of `secret`. It is 256 random bits, so that one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
