"""Logging in: how often a password may be tried."""

from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest

from jamsite.addresses import address_key
from jamsite.limits import limit_strictly
from jamsite.text import fold


class GuardedLogin(AdminAuthenticationForm):
    """Counts a try before the password is looked at, so that many at once are counted, too.

    An account, an account from one address, and an address have a limit each; raises Refused (429) above, and Refused
    (503) while nothing can be counted.
    """

    def clean(self) -> dict[str, Any]:
        account = fold(self.cleaned_data.get("username") or "")
        if self.request is not None and account:
            _count_try(self.request, account)
        return super().clean()


def _count_try(request: HttpRequest, account: str) -> None:
    """The narrow limit first: who is refused by it does not use up the account's."""
    address = address_key(request)
    limit_strictly(request, group="login from", who=f"{account} {address}", rate=settings.LOGIN_RATE)
    limit_strictly(request, group="login address", who=address, rate=settings.LOGIN_ADDRESS_RATE)
    limit_strictly(request, group="login account", who=account, rate=settings.LOGIN_ACCOUNT_RATE)
