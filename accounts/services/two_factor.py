"""Two-factor authentication (2FA), which is optional: a code from an app (TOTP), or a recovery code for one login.

Both are django-otp's. Every session starts at the login form, so the code is asked for only there, in a second step:
a signed proof stands for the password that was right in the first one. Turning 2FA on ends
all other sessions of the user, so that no session without it remains.
"""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import models, transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.exceptions import Conflict, Invalid
from core.stable_names import PASSWORD_PROOF_SALT, RECOVERY_CODE_SALT

RECOVERY_CODES = 10
TOTP_DIGITS = 6  # recovery codes also have letters
PROOF_SECONDS = 5 * 60


def is_enabled(user: User) -> bool:
    """Return whether `user` has two-factor authentication turned on."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def get_pending_device(user: User) -> TOTPDevice | None:
    """Return the device that `begin_setup` created for `user` and that is not confirmed yet."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).first()


@transaction.atomic
def begin_setup(*, user: User) -> None:
    """Create a new secret, which has no effect until `confirm_setup`. Raises Conflict if 2FA is on."""
    if is_enabled(user):
        raise Conflict(_("Two-factor authentication is already on."))
    TOTPDevice.objects.filter(user=user).delete()
    TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def confirm_setup(*, user: User, code: str) -> list[str]:
    """Turn 2FA on if `code` shows that the app has the secret; return the recovery codes.

    Raises Conflict without a setup to confirm, Invalid for a wrong code.
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
    """Replace the recovery codes and return the new ones."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery codes")
    codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_hash_recovery_code(user, code)) for code in codes)
    return codes


def verify_code(*, user: User, code: str) -> bool:
    """Return whether `user` may log in with `code`, which is used up by that.

    After a wrong code, django-otp refuses all codes for 1 s, and twice as long after each further one.
    """
    code = "".join(code.split()).lower()
    if code.isdecimal() and len(code) == TOTP_DIGITS:
        return _verify_with_lock(TOTPDevice.objects.filter(user=user, confirmed=True), code)
    return _verify_with_lock(StaticDevice.objects.filter(user=user, confirmed=True), _hash_recovery_code(user, code))


def prove_password(user: User) -> str:
    """Return a proof that somebody has just entered the password of `user`.

    It is good for PROOF_SECONDS, and only until the password changes or `user` logs in.
    """
    return signing.dumps([user.pk, _get_fingerprint(user)], salt=PASSWORD_PROOF_SALT)


def check_password_proof(proof: str) -> User | None:
    """Return the user whose password `proof` stands for; None if it is not a proof, or no longer one."""
    try:
        pk, fingerprint = signing.loads(proof, salt=PASSWORD_PROOF_SALT, max_age=PROOF_SECONDS)
    except signing.BadSignature:
        return None
    user = User.objects.filter(pk=pk).first()
    return user if user and constant_time_compare(fingerprint, _get_fingerprint(user)) else None


@transaction.atomic
def disable(*, user: User) -> None:
    """Turn 2FA off and delete the user's secret and recovery codes."""
    for kind in (TOTPDevice, StaticDevice):
        kind.objects.filter(user=user).delete()


def end_sessions(*, user: User, keep_session_key: str | None = None) -> None:
    """End all sessions of `user`, except the one with the key `keep_session_key`.

    A session has to be decoded to know its user. Only hosts have sessions, so there are few.
    """
    for session in Session.objects.exclude(session_key=keep_session_key).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()


def _get_fingerprint(user: User) -> str:
    """Return a keyed hash of what changes with the password and with every login."""
    return salted_hmac(PASSWORD_PROOF_SALT, f"{user.password}{user.last_login}", algorithm="sha256").hexdigest()


def _hash_recovery_code(user: User, code: str) -> str:
    """Return the keyed hash that is stored for a recovery code. django-otp's column has room for 64 bits."""
    return salted_hmac(RECOVERY_CODE_SALT, f"{user.pk}:{code}", algorithm="sha256").hexdigest()[:16]


@transaction.atomic
def _verify_with_lock(devices: models.QuerySet[Any], code: str) -> bool:
    """Verify `code` under a lock, so that of two concurrent logins with the same code one is refused."""
    device = devices.select_for_update().first()
    return device is not None and device.verify_token(code)
