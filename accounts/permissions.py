"""Permissions in the API: a token never allows more than its user's own account."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from accounts.models import ApiToken
from core.exceptions import Forbidden


def require_permission(token: ApiToken, permission: str) -> None:
    """Raise Forbidden unless the user of `token` has `permission`, like "songs.add_song"."""
    if not token.user.has_perm(permission):
        raise Forbidden(_("The user of this token doesn't have permission to do that."))


def get_user(auth: ApiToken | User) -> User:
    """Return the user on whose behalf a request was made, with a token or a session."""
    return auth.user if isinstance(auth, ApiToken) else auth
