"""Where users turn their two-factor authentication on and off."""

import logging
from base64 import b32encode
from collections.abc import Callable
from typing import Any

import segno
from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.login_form import limit_own_password
from accounts.services import two_factor
from core.exceptions import ActionError, Forbidden
from core.http.statuses import get_status
from core.http.types import AuthenticatedRequest

logger = logging.getLogger(__name__)

type View = Callable[[AuthenticatedRequest], HttpResponse]


@require_safe
def show_two_factor(request: AuthenticatedRequest) -> HttpResponse:
    return _render_page(request)


def _rate_limited_post(view: View) -> View:
    """Decorate a view: limit its requests like logins of the account, and show an ActionError on the page itself."""

    @sensitive_post_parameters("password", "code")
    @require_POST
    def limited_view(request: AuthenticatedRequest) -> HttpResponse:
        limit_own_password(request.user)
        try:
            return view(request)
        except ActionError as error:
            return _render_page(request, status=get_status(error), error=str(error))

    return limited_view


@_rate_limited_post
def begin_setup(request: AuthenticatedRequest) -> HttpResponse:
    _require_password(request)
    two_factor.begin_setup(user=request.user)
    return _redirect_to_page()


@_rate_limited_post
def confirm_setup(request: AuthenticatedRequest) -> HttpResponse:
    """Turn two-factor authentication on and show the recovery codes, once."""
    codes = two_factor.confirm_setup(user=request.user, code=request.POST.get("code", ""))
    logger.info("%s turned on two-factor authentication", request.user.get_username())
    request.session.cycle_key()
    two_factor.end_sessions(user=request.user, keep_session_key=request.session.session_key)
    return _render_page(request, codes=codes)


@_rate_limited_post
def renew_recovery_codes(request: AuthenticatedRequest) -> HttpResponse:
    _require_password(request)
    return _render_page(request, codes=two_factor.renew_recovery_codes(user=request.user))


@_rate_limited_post
def disable_two_factor(request: AuthenticatedRequest) -> HttpResponse:
    _require_password(request)
    two_factor.disable(user=request.user)
    logger.info("%s turned off two-factor authentication", request.user.get_username())
    messages.success(request, _("Two-factor authentication is off."))
    return _redirect_to_page()


def _render_page(request: AuthenticatedRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    device = two_factor.get_pending_device(request.user)
    context = {
        **admin.site.each_context(request),
        "title": _("Two-factor authentication"),
        "is_on": two_factor.is_enabled(request.user),
        "secret": device and b32encode(device.bin_key).decode(),
        "picture": device and segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=3, light="white"),
        **more,
    }
    return render(request, "accounts/two_factor.html", context, status=status)


def _require_password(request: AuthenticatedRequest) -> None:
    """Raise Forbidden for a wrong password: somebody else may be holding a phone that is logged in."""
    if not request.user.check_password(request.POST.get("password", "")):
        raise Forbidden(_("Wrong password."))


def _redirect_to_page() -> HttpResponse:
    return HttpResponseRedirect(reverse("accounts:two_factor"), status=303)
