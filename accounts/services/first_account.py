"""The first account of a new site: made with a link that the server prints, while there is no account at all.

Nobody can log in to a new site, so its owner has to prove something else: that they can read what the server prints.
"""

from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.host_group import ensure_hosts_group
from core.exceptions import Conflict, NotFound
from core.stable_names import FIRST_ACCOUNT_SALT

LIFETIME = timedelta(days=1)


def create_setup_token() -> str | None:
    """Return a token that makes the first account within LIFETIME, or None if there is an account already."""
    return None if User.objects.exists() else _signer().sign("first")


def build_setup_url(base: str) -> str | None:
    """Return the link that makes the first account of the site at `base`, or None if there is an account already."""
    token = create_setup_token()
    return base.rstrip("/") + reverse("setup:first_account", args=[token]) if token else None


def check_setup_token(token: str) -> None:
    """Raise NotFound unless the site made `token` within LIFETIME, and Conflict if there is an account already."""
    try:
        _signer().unsign(token, max_age=LIFETIME)
    except signing.BadSignature:
        raise NotFound(
            _("This link isn't valid, or is older than a day. Restart the server to get a new one.")
        ) from None
    if User.objects.exists():
        raise Conflict(_("This site already has an account. Log in, or ask its administrator."))


@transaction.atomic
def create_first_account(*, token: str, username: str, password: str) -> User:
    """Create and return an administrator. Raises what `check_setup_token` raises, ValidationError for an odd name."""
    _wait_for_others()
    check_setup_token(token)
    user = User(username=username, is_staff=True, is_superuser=True)
    user.set_password(password)
    user.full_clean()
    user.save()
    return user


def _wait_for_others() -> None:
    """Make two requests with one link wait for each other: the second then finds the account of the first."""
    Group.objects.select_for_update().get(pk=ensure_hosts_group().pk)


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=FIRST_ACCOUNT_SALT)
