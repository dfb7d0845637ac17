"""Public registration, which a setting turns on: whoever reads the mail of an address creates an account with it.

No account is stored before that: the key in the mailed link is the address, signed and dated. A key makes one account;
that it was used is remembered for as long as it would be valid.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core import signing
from django.db import transaction
from django.tasks import task
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.host_group import ensure_registered_group
from accounts.models import UsedLink
from accounts.services.accounts import create_account
from accounts.services.links import refuse_link
from accounts.services.mails import count_mail, send_mail
from core.exceptions import Conflict
from core.stable_names import REGISTRATION_SALT

LIFETIME = timedelta(days=1)


def request_registration(*, email: str, language: str) -> None:
    """Have a link mailed to `email`, or the news that it has an account. Above MAIL_RATE it gets no more mails."""
    if count_mail(email):
        mail_registration.enqueue(email, language)


@task(priority=10)  # somebody is waiting for it
def mail_registration(email: str, language: str) -> bool:
    """Mail this address what `request_registration` says; return whether the mail server took the mail."""
    with translation.override(language):
        text = _describe_account() if _has_account(email) else _describe_link(email)
        return send_mail(to=email, subject=_("Your account at Jamsite"), text=text)


def build_registration_url(email: str) -> str:
    """Return the link with which the owner of this address creates an account."""
    key = signing.dumps(email, salt=REGISTRATION_SALT)
    return f"{settings.BASE_URL}{reverse('registration:confirm')}?{urlencode({'key': key})}"


def read_registration_key(key: str) -> str:
    """Return the address that `key` confirms.

    Raises Gone for a key that is used, too old or not from this site, Conflict if the address has an account already.
    """
    try:
        email: str = signing.loads(key, salt=REGISTRATION_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        refuse_link()
    if _has_account(email):
        raise Conflict(_("There's already an account with this address. Log in, or ask for a new password."))
    if UsedLink.objects.filter(digest=_digest(key)).exists():
        refuse_link()
    return email


@transaction.atomic
def register(*, key: str, username: str, password: str, now: datetime) -> User:
    """Create and return the account for the address in `key`, which may add a venue of its own and do nothing else yet.

    Raises what `read_registration_key` and `create_account` raise. Of two requests with one link, the second waits for
    the first and finds its account.
    """
    group = ensure_registered_group()
    Group.objects.select_for_update(no_key=True).get(pk=group.pk)
    user = create_account(username=username, password=password, email=read_registration_key(key))
    user.groups.add(group)
    UsedLink.objects.filter(used_at__lt=now - LIFETIME).delete()
    UsedLink.objects.create(digest=_digest(key), used_at=now)
    return user


def _digest(key: str) -> str:
    """Return the hash of a key, which has one spelling: its signature is compared as text."""
    return sha256(key.encode()).hexdigest()


def _has_account(email: str) -> bool:
    return User.objects.filter(email__iexact=email).exists()


def _describe_link(email: str) -> str:
    text = _(
        "Somebody, probably you, wants to create an account at %(site)s with this address.\n\n"
        "Continue here within a day:\n\n%(link)s\n\n"
        "If it wasn't you, ignore this mail. No account has been created."
    )
    return text % {"site": settings.BASE_URL, "link": build_registration_url(email)}


def _describe_account() -> str:
    text = _(
        "Somebody, probably you, wants to create an account at %(site)s with this address. It has one already.\n\n"
        "Log in there, or set a new password if you forgot yours:\n\n%(link)s\n\n"
        "If it wasn't you, ignore this mail. Your account stays as it is."
    )
    return text % {"site": settings.BASE_URL, "link": settings.BASE_URL + reverse("passwords:forgotten")}
