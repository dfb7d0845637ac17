"""How the API knows a program, Authorization: Bearer jam_..., and a host in a browser."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security import HttpBearer, SessionAuth

from jamsite.limits import limit
from jamsite.refusal import Refused
from tokens.models import ApiToken, Scope
from tokens.services import recognise


class Token(HttpBearer):
    """Lets in whoever shows a valid token with `scope`; `request.auth` is the token. Others get 401 or 403.

    Above TOKEN_RATE a token gets 429.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        found = recognise(secret=token, now=timezone.now())
        if found is None:
            return None
        limit(request, group="programs", who=f"token:{found.pk}", rate=settings.TOKEN_RATE)
        if self.scope not in found.scopes:
            raise Refused(_("This token is not good for that: it lacks “%s”.") % self.scope.value, status=403)
        return found


class Login(SessionAuth):
    """Lets in whoever is logged in on the site; `request.auth` is the user."""
