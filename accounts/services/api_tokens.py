"""Issuing and revoking API tokens."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import User

from accounts.identity import hash_token
from accounts.models import ApiToken
from core.stable_names import API_TOKEN_PREFIX

SECRET_BYTES = 32


def issue_token(
    *, user: User, name: str, scopes: Iterable[str], expires_at: datetime, now: datetime
) -> tuple[ApiToken, str]:
    """Create a token for `user`; return it with its secret, which is not stored. Raises ValidationError."""
    secret = API_TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken(
        user=user, name=name, scopes=list(scopes), expires_at=expires_at, created_at=now, digest=hash_token(secret)
    )
    token.full_clean()
    token.save()
    return token, secret


def revoke_tokens(*, tokens: Iterable[ApiToken], now: datetime) -> int:
    """Revoke `tokens`; return how many were not revoked before."""
    return ApiToken.objects.filter(pk__in=[token.pk for token in tokens], revoked_at=None).update(revoked_at=now)
