"""The email address of an account, to which a link for a new password is mailed. A mail confirms another one.

The key in the mailed link is the account with its old and its new address and a mark of its password and its history,
signed and dated. It ends with the next change of the account that its history tells, such as another address or another
password: whoever once knew the password cannot come back with it, not even when the old address has come back.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core import signing
from django.db import transaction
from django.db.models import Max
from django.tasks import task
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.services.links import refuse_link
from accounts.services.mails import count_mail, send_mail
from core.stable_names import ADDRESS_SALT

LIFETIME = timedelta(days=1)

logger = logging.getLogger(__name__)


def request_address(*, user: User, email: str, language: str) -> None:
    """Have a link mailed to `email` that makes it the address of `user`. Above MAIL_RATE it gets no more mails."""
    if count_mail(email):
        mail_address_link.enqueue(user.pk, email, language, mark_state(user))


@task(priority=10)  # somebody is waiting for it
def mail_address_link(user_id: int, email: str, language: str, mark: str) -> bool:
    """Mail the link that `request_address` promises; return whether the mail server took it.

    None is mailed if the account is no longer what it was at the `mark`: it may have a new password since.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or not constant_time_compare(mark, mark_state(user)):
        return False
    with translation.override(language):
        text = _(
            "Confirm this address for the account “%(name)s” at %(site)s within a day:\n\n%(link)s\n\n"
            "If you don't know this account, ignore this mail."
        )
        words = {"name": user.get_username(), "site": settings.BASE_URL, "link": build_address_url(user, email, mark)}
        return send_mail(to=email, subject=_("Your account at Jamsite"), text=text % words)


def build_address_url(user: User, email: str, mark: str) -> str:
    """Return the link that makes `email` the address of `user`, as long as their account has the `mark`."""
    key = signing.dumps([user.pk, user.email, email, mark], salt=ADDRESS_SALT)
    return f"{settings.BASE_URL}{reverse('address:confirm')}?{urlencode({'key': key})}"


def read_address_key(key: str, *, lock: bool = False) -> tuple[User, str]:
    """Return the active account and the new address that `key` names.

    Raises Gone for a key that is used, too old, or not from this site.
    """
    users = User.objects.select_for_update(no_key=True) if lock else User.objects.all()
    try:
        pk, old, email, mark = signing.loads(key, salt=ADDRESS_SALT, max_age=LIFETIME)
        user = users.get(pk=pk, email=old, is_active=True)
    except (signing.BadSignature, ValueError, User.DoesNotExist):  # ValueError: a key of an earlier form
        refuse_link()
    if not constant_time_compare(mark, mark_state(user)):
        refuse_link()
    return user, email


def mark_state(user: User) -> str:
    """Return a mark of the password and of the last entry in the account's history, which no change brings back."""
    kind = ContentType.objects.get_for_model(User)
    history = LogEntry.objects.filter(content_type=kind, object_id=str(user.pk)).order_by()
    state = f"{user.password} {history.aggregate(last=Max('pk'))['last']}"
    return salted_hmac(ADDRESS_SALT, state, algorithm="sha256").hexdigest()[:16]


@transaction.atomic
def set_address(*, key: str, language: str) -> User:
    """Give the account that `key` names its new address, and tell the old one; return the account. Raises Gone."""
    user, email = read_address_key(key, lock=True)
    old, user.email = user.email, email
    user.save(update_fields=["email"])
    if old and settings.MAIL_HOST:
        mail_old_address.enqueue(user.pk, old, language)
    LogEntry.objects.log_actions(
        user.pk, [user], CHANGE, change_message=_("Set another email address."), single_object=True
    )
    logger.info("%s has set another email address", user.get_username())
    return user


@task(priority=10)  # its owner may have to act at once
def mail_old_address(user_id: int, email: str, language: str) -> bool:
    """Tell the address that an account had until now of the change; return whether the mail server took the mail."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        return False
    with translation.override(language):
        text = _(
            "The account “%(name)s” at %(site)s has a new email address. "
            "If you didn't change it, tell the site's administrator."
        )
        words = {"name": user.get_username(), "site": settings.BASE_URL}
        return send_mail(to=email, subject=_("Your account at Jamsite"), text=text % words)
