"""Permissions of accounts; a token never allows more than its user's own account."""

from typing import Any

from django.contrib.auth.models import Permission, User
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import ApiToken
from core.exceptions import Forbidden


def require_permission(token: ApiToken, permission: str) -> None:
    """Raise Forbidden unless the user of `token` has `permission`, like "songs.add_song"."""
    if not token.user.has_perm(permission):
        raise Forbidden(_("The user of this token doesn't have permission to do that."))


def has_host_account(user: Any) -> bool:
    """Whether `user` is logged in with an active staff account. Nobody else runs anything."""
    return bool(user.is_active and user.is_staff)


def find_grants(user: User, permission: str) -> QuerySet[Permission]:
    """Return the rows with which an administrator has given `user` this permission, like "jams.add_jam".

    What a role in a team allows is not among them.
    """
    app, codename = permission.split(".")
    rights = Permission.objects.filter(content_type__app_label=app, codename=codename)
    return rights.filter(Q(user=user) | Q(group__user=user))


def get_user(auth: ApiToken | User) -> User:
    """Return the user on whose behalf a request was made, with a token or a session."""
    return auth.user if isinstance(auth, ApiToken) else auth
