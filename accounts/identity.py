"""Authentication of the API: programs by a bearer token ("jam_..."), hosts in a browser by their session."""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer, SessionAuth

from accounts.models import ApiToken, Scope
from core.exceptions import Forbidden
from core.rate_limits import enforce_shared_limit

LAST_USED_PRECISION = timedelta(minutes=1)  # at most one write per minute and token


class TokenRequest(HttpRequest):
    """A request that `TokenAuth` has let in."""

    auth: ApiToken


class TokenAuth(HttpBearer):
    """Authenticates a valid token with `scope`; `request.auth` is the token.

    Without a valid token the response is 401, without the scope 403, above TOKEN_RATE 429.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        found = find_token(secret=token, now=timezone.now())
        if found is None:
            return None
        enforce_shared_limit(group="programs", who=f"token:{found.pk}", rate=settings.TOKEN_RATE)
        if self.scope not in found.scopes:
            raise Forbidden(_("This token isn't allowed to do that. It needs “%s”.") % self.scope.value)
        return found


class SessionLogin(SessionAuth):
    """Authenticates by the site's session; `request.auth` is the user."""


def find_token(*, secret: str, now: datetime) -> ApiToken | None:
    """Return the valid token with this `secret`, with its user, and update its time of last use; None if invalid."""
    known = ApiToken.objects.valid(now).select_related("user")
    token = known.filter(digest=hash_token(secret)).first()
    if token:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_PRECISION)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def hash_token(secret: str) -> str:
    """Return the hash that is stored. One round of SHA-256 is enough for a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
