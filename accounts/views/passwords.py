"""The pages for those who forgot their password: ask for a link, and set a new password with it."""

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import NewPasswordForm
from accounts.services.passwords import find_user_by_key, request_link, set_new_password
from core.exceptions import Gone
from core.http.error_responses import error_response
from core.http.methods import require_form
from core.http.statuses import get_status
from core.rate_limits import enforce_strict_address_limit, limit_refused_links


@never_cache
@require_form
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Have a link for a new password mailed. The answer is the same whether there is an account or not."""
    form = PasswordResetForm(request.POST if request.method == "POST" and settings.MAIL_HOST else None)
    if form.is_valid():
        enforce_strict_address_limit(request, group="forgotten password", rate=settings.LOGIN_ADDRESS_RATE)
        request_link(email=form.cleaned_data["email"], language=get_language() or settings.LANGUAGE_CODE)
        return render(request, "accounts/mail_sent.html")
    context = {"form": form, "can_mail": bool(settings.MAIL_HOST)}
    return render(request, "accounts/forgotten_password.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters("new_password1", "new_password2")
@never_cache
@require_form
def new_password(request: HttpRequest) -> HttpResponse:
    """Set a new password with the key in the query, which no log line holds. 410 for a link that is void."""
    try:
        with limit_refused_links(request, group="new password", rate=settings.LOGIN_ADDRESS_RATE):
            return _use_link(request, request.GET.get("key", ""))
    except Gone as error:
        link, text = reverse("passwords:forgotten"), gettext("Ask for a new link")
        return error_response(request, get_status(error), str(error), link=link, link_text=text)


def _use_link(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for the password, and set it. Nobody is logged in by that: the login asks for any two-factor code as well."""
    user = find_user_by_key(key)
    form = NewPasswordForm(user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        values = form.cleaned_data
        with_tokens = values.get("revoke_tokens", False)
        set_new_password(key=key, password=values["new_password1"], revokes_tokens=with_tokens, now=timezone.now())
        return render(request, "accounts/password_set.html", {"login_url": resolve_url(settings.LOGIN_URL)})
    context = {"form": form, "account": user}
    return render(request, "accounts/new_password.html", context, status=422 if form.errors else 200)
