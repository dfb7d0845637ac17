"""New passwords: with a link that works once, for a day, and is mailed or handed over by an administrator.

The token in the link is Django's. It is derived from the password, the last login and the address of the account, so
each of these makes it void when it changes, and no table holds it.
"""

import logging
import re
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.tasks import task
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.permissions import has_host_account
from accounts.services.api_tokens import revoke_tokens
from accounts.services.links import refuse_link
from accounts.services.mails import count_mail, send_mail

logger = logging.getLogger(__name__)

KEY = re.compile(r"(\d{1,18})\.([0-9a-z-]+)", re.ASCII)


def build_password_url(user: User, base: str) -> str:
    """Return the link with which `user` sets a new password at the site at `base`."""
    key = f"{user.pk}.{default_token_generator.make_token(user)}"
    return f"{base.rstrip('/')}{reverse('passwords:new')}?{urlencode({'key': key})}"


def find_user_by_key(key: str, *, lock: bool = False) -> User:
    """Return the active account whose link holds `key`; raises Gone if it is used, too old, or not from this site."""
    match = KEY.fullmatch(key)
    users = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    user = users.filter(pk=match[1], is_active=True).first() if match else None
    if match is None or user is None or not default_token_generator.check_token(user, match[2]):
        refuse_link()
    return user


@transaction.atomic
def set_new_password(*, key: str, password: str, revokes_tokens: bool = False, now: datetime) -> User:
    """Set the password, which has been validated, of the account whose link holds `key`; its sessions end. Raises Gone.

    Its API tokens stay valid unless `revokes_tokens`, because programs shall go on where a password was just forgotten.
    Of two requests with one link, the second waits for the first and finds the link used.
    """
    user = find_user_by_key(key, lock=True)
    user.set_password(password)
    user.save(update_fields=["password"])
    if revokes_tokens:
        revoke_tokens(tokens=user.api_tokens.all(), now=now)
    record_new_password(user)
    return user


def record_new_password(user: User) -> None:
    """Write into the history of the account, and into the log, that its owner has set another password."""
    LogEntry.objects.log_actions(user.pk, [user], CHANGE, change_message=_("Set a new password."), single_object=True)
    logger.info("%s has set a new password", user.get_username())


def request_link(*, email: str, language: str) -> None:
    """Have a link mailed to the accounts with this address. This does the same work whether there are any or not.

    Above MAIL_RATE an address gets no more mails.
    """
    users = [user.pk for user in PasswordResetForm().get_users(email) if has_host_account(user)]
    mail_password_links.enqueue(users if count_mail(email) else [], language)


@task(priority=10)  # somebody is waiting for it
def mail_password_links(user_ids: list[int], language: str) -> int:
    """Mail a link for a new password to each of these accounts that can still log in; return how many were sent.

    The links are made only now, so that no job holds one. When a job is repeated, an account may get a second mail.
    """
    users = User.objects.filter(pk__in=user_ids, is_active=True).exclude(email="").order_by("pk")
    with translation.override(language):
        return sum(_mail_link(user) for user in users)


def _mail_link(user: User) -> bool:
    words = {
        "name": user.get_username(),
        "site": settings.BASE_URL,
        "link": build_password_url(user, settings.BASE_URL),
    }
    text = _(
        "Somebody, probably you, has asked for a new password for the account “%(name)s” at %(site)s.\n\n"
        "Set it here within a day:\n\n%(link)s\n\n"
        "If it wasn't you, ignore this mail. Your password stays as it is."
    )
    return send_mail(to=user.email, subject=_("A new password for Jamsite"), text=text % words)
