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
from accounts.services.passwords import record_new_password
from core.client_ip import hash_client_networks
from core.rate_limits import enforce_strict_address_limit, enforce_strict_limit, is_known, remember
from core.text import fold_text

logger = logging.getLogger(__name__)

KNOWN_PLACE_SECONDS = 30 * 24 * 60 * 60


class RateLimitedLoginForm(AdminAuthenticationForm):
    """Counts an attempt before it checks the password, so that concurrent attempts are counted too.

    There are limits per account, per address, and per account from one address. Raises TooManyRequests above a limit,
    and Unavailable while nothing can be counted. Users with two-factor authentication are asked for a code in a second
    step, once their password was right: nobody else learns who has it. `proof` stands for the password then. Both
    steps count as attempts.
    """

    ASKS_FOR_CODE = ("code_missing", "code")  # the errors after which the page shows the second step

    code = forms.CharField(
        label=gettext_lazy("Code"),
        required=False,
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    proof = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("proof"):
            self.fields["username"].required = self.fields["password"].required = False

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("proof"):
            self._clean_proof(values["proof"])
        else:
            self._limit_attempts(values.get("username") or "")
            values = super().clean()
        self._check_code(values.get("code", ""))
        return values

    @property
    def is_second_step(self) -> bool:
        """Whether the page asks for the code alone."""
        return any(error.code in self.ASKS_FOR_CODE for error in self.non_field_errors().as_data())

    @property
    def offers_registration(self) -> bool:
        """Whether the page leads to a new account as well."""
        return bool(settings.REGISTRATION)

    @property
    def new_proof(self) -> str:
        """The proof for the second step."""
        user = self.get_user()
        return two_factor.prove_password(user) if user and self.is_second_step else ""

    def _clean_proof(self, proof: str) -> None:
        user = two_factor.check_password_proof(proof)
        if user is None:
            raise ValidationError(gettext("That took too long. Please log in again."), code="proof")
        self._limit_attempts(user.get_username())
        self.confirm_login_allowed(user)
        user.backend = settings.AUTHENTICATION_BACKENDS[0]  # as authenticate() does for a password
        self.user_cache = user

    def _limit_attempts(self, username: str) -> None:
        account = _fold_account(username)
        if self.request is not None and account:
            _limit_attempts(self.request, account)

    def _check_code(self, code: str) -> None:
        """Check the two-factor code. This comes after the password, so that a wrong password uses up no code."""
        user = self.get_user()
        if user is None or not two_factor.is_enabled(user):
            return
        if not code:
            raise ValidationError(gettext("Enter the code from your app, or a recovery code."), code="code_missing")
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

    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        record_new_password(user)
        return user


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
