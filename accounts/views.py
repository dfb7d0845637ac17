"""Where those who may log in turn the second step of their own login on and off."""

import logging
from base64 import b32encode
from collections.abc import Callable
from typing import Any

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.services import two_factor
from core.exceptions import ActionError, Forbidden
from core.http.statuses import status_of
from core.rate_limits import limit_strictly

logger = logging.getLogger(__name__)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _guarded(act: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Count tries as those for one account are, and say on the page itself why something is refused."""

    @sensitive_post_parameters("password", "code")
    @require_POST
    def guarded(request: HttpRequest) -> HttpResponse:
        limit_strictly(request, group="two-factor", who=f"user:{request.user.pk}", rate=settings.LOGIN_ACCOUNT_RATE)
        try:
            return act(request)
        except ActionError as refusal:
            return _page(request, status=status_of(refusal), error=str(refusal))

    return guarded


@_guarded
def begin(request: HttpRequest) -> HttpResponse:
    _refuse_without_password(request)
    two_factor.begin(user=request.user)
    return _back()


@_guarded
def confirm(request: HttpRequest) -> HttpResponse:
    """Shows the recovery codes, this once."""
    codes = two_factor.confirm(user=request.user, code=request.POST.get("code", ""))
    logger.info("%s turned on two-factor authentication", request.user.get_username())
    request.session.cycle_key()
    two_factor.end_sessions(user=request.user, but=request.session.session_key)
    return _page(request, codes=codes)


@_guarded
def renew_codes(request: HttpRequest) -> HttpResponse:
    _refuse_without_password(request)
    return _page(request, codes=two_factor.renew_codes(user=request.user))


@_guarded
def turn_off(request: HttpRequest) -> HttpResponse:
    _refuse_without_password(request)
    two_factor.turn_off(user=request.user)
    logger.info("%s turned off two-factor authentication", request.user.get_username())
    messages.success(request, _("Two-factor authentication is off."))
    return _back()


def _page(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    device = two_factor.offered(request.user)
    context = {
        **admin.site.each_context(request),
        "title": _("Two-factor authentication"),
        "is_on": two_factor.is_on(request.user),
        "secret": device and b32encode(device.bin_key).decode(),
        "picture": device and segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=3, light="white"),
        **more,
    }
    return render(request, "accounts/two_factor.html", context, status=status)


def _refuse_without_password(request: HttpRequest) -> None:
    """A phone that lies on the bar is logged in, and does not know the password."""
    if not request.user.check_password(request.POST.get("password", "")):
        raise Forbidden(_("Wrong password."))


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("accounts:two_factor"), status=303)
