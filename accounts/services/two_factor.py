"""The second step of a login, for those who want one: a code from an app, or a recovery code that is good once.

Both are django-otp's. Sessions begin at the login form alone, so that is where the code is asked for; whoever turns the
step on is logged out everywhere else, and no session is left that began without it.
"""

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.exceptions import Conflict, Invalid
from core.stable_names import RECOVERY_CODE_SALT

RECOVERY_CODES = 10
TOTP_DIGITS = 6  # of the app's codes; a recovery code has letters


def is_enabled(user: User) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def get_pending_device(user: User) -> TOTPDevice | None:
    """Return what `user` is to put into the app, if `begin` was done and `confirm` was not."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).first()


@transaction.atomic
def begin_setup(*, user: User) -> None:
    """Offer a new secret, which means nothing until `confirm`. Raises Conflict when the step is on."""
    if is_enabled(user):
        raise Conflict(_("Two-factor authentication is already on."))
    TOTPDevice.objects.filter(user=user).delete()
    TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def confirm_setup(*, user: User, code: str) -> list[str]:
    """Turn the step on, now that a code shows that the app has the secret; return the recovery codes.

    Raises ActionError: 409 when nothing was begun, 400 for another code.
    """
    device = get_pending_device(user)
    if device is None:
        raise Conflict(_("Set up two-factor authentication first."))
    if not _verify_with_lock(TOTPDevice.objects.filter(pk=device.pk), code):
        raise Invalid(_("This code is wrong. Check that the clock on your phone is right, and enter the next code."))
    with transaction.atomic():
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        return renew_recovery_codes(user=user)


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """Return new recovery codes; the old ones are void."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery codes")
    codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_hash_recovery_code(user, code)) for code in codes)
    return codes


def verify_code(*, user: User, code: str) -> bool:
    """Whether `code` is good for a login of `user` now. It is then used up; after a wrong one django-otp waits.

    It waits for 1 s, and twice as long after each further wrong one.
    """
    code = "".join(code.split()).lower()
    if code.isdecimal() and len(code) == TOTP_DIGITS:
        return _verify_with_lock(TOTPDevice.objects.filter(user=user, confirmed=True), code)
    return _verify_with_lock(StaticDevice.objects.filter(user=user, confirmed=True), _hash_recovery_code(user, code))


@transaction.atomic
def disable(*, user: User) -> None:
    for kind in (TOTPDevice, StaticDevice):
        kind.objects.filter(user=user).delete()


def end_sessions(*, user: User, keep_session_key: str | None = None) -> None:
    """Log `user` out everywhere, but not out of the session with the key `keep_session_key`.

    A session does not say whose it is without being read; there are only those of hosts.
    """
    for session in Session.objects.exclude(session_key=keep_session_key).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _hash_recovery_code(user: User, code: str) -> str:
    """What is kept of a recovery code: nobody finds the code without our secret. django-otp has room for 64 bits."""
    return salted_hmac(RECOVERY_CODE_SALT, f"{user.pk}:{code}", algorithm="sha256").hexdigest()[:16]


@transaction.atomic
def _verify_with_lock(devices: models.QuerySet, code: str) -> bool:
    """Locked, so that of two who show one code at once one is refused."""
    device = devices.select_for_update().first()
    return device is not None and device.verify_token(code)
