"""The forms that ask for a password: limits of attempts, and two-factor authentication at the login."""

import logging
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from accounts.services import two_factor
from core.client_ip import hash_client_networks
from core.rate_limits import enforce_strict_address_limit, enforce_strict_limit, is_known, remember
from core.text import fold_text

logger = logging.getLogger(__name__)

KNOWN_PLACE_SECONDS = 30 * 24 * 60 * 60


class RateLimitedLoginForm(AdminAuthenticationForm):
    """Counts an attempt before it checks the password, so that concurrent attempts are counted too.

    There are limits per account, per address, and per account from one address. Raises TooManyRequests above a limit,
    and Unavailable while nothing can be counted. Users with two-factor authentication also need a code.
    """

    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy(
            "Only if you use two-factor authentication: the code from your app, or a recovery code."
        ),
        required=False,
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username") or ""
        account = _fold_account(username)
        if self.request is not None and account:
            _limit_attempts(self.request, account)
        values = super().clean()
        self._check_code(values.get("code", ""))
        return values

    def _check_code(self, code: str) -> None:
        """Check the two-factor code. This comes after the password, so that a wrong password uses up no code."""
        user = self.get_user()
        if user is None or not two_factor.is_enabled(user):
            return
        if not code:
            raise ValidationError(
                gettext("Enter your password again, and the code from your app."), code="code_missing"
            )
        if not two_factor.verify_code(user=user, code=code):
            logger.info("Login failed for %s: wrong two-factor code", user.get_username())
            raise ValidationError(
                gettext("This code is wrong or has already been used. Wait for the next one."), code="code"
            )


class RateLimitedPasswordChangeForm(AdminPasswordChangeForm):
    """Counts the attempts at the old password: somebody else may be holding a phone that is logged in."""

    def clean_old_password(self) -> str:
        limit_own_password(self.user)
        return super().clean_old_password()


def limit_own_password(user: User) -> None:
    """Count an attempt of somebody who is logged in to enter their own password or code; limited like logins."""
    enforce_strict_limit(group="own password", who=f"user:{user.pk}", rate=settings.LOGIN_ACCOUNT_RATE)


def _limit_attempts(request: HttpRequest, account: str) -> None:
    """Count against the narrowest limit first: an attempt refused there does not use up the account's limit.

    Where the account has logged in before, only that limit counts: nobody on the same Wi-Fi, and nobody elsewhere, can
    lock its owner out by guessing.
    """
    enforce_strict_address_limit(request, group="login from", who=account, rate=settings.LOGIN_RATE)
    if not is_known(_name_place(request, account), KNOWN_PLACE_SECONDS):
        enforce_strict_address_limit(request, group="login address", rate=settings.LOGIN_ADDRESS_RATE)
        enforce_strict_limit(group="login account", who=account, rate=settings.LOGIN_ACCOUNT_RATE)


def _fold_account(username: str) -> str:
    return fold_text(username) or username  # one that folds to nothing costs a password's hash as well


def _name_place(request: HttpRequest, account: str) -> str:
    return f"login of {account} at {next(iter(hash_client_networks(request)))}"


@receiver(user_logged_in)
def log_login(request: HttpRequest, user: User, **kwargs: Any) -> None:
    remember(_name_place(request, _fold_account(user.get_username())), KNOWN_PLACE_SECONDS)
    logger.info("%s logged in", user.get_username())


@receiver(user_logged_out)
def log_logout(user: User | None, **kwargs: Any) -> None:
    if user:
        logger.info("%s logged out", user.get_username())


@receiver(user_login_failed)
def log_failed_login(**kwargs: Any) -> None:
    """Log a failure without the user name: people type their password into the wrong field."""
    logger.info("Login failed")
