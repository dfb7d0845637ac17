"""The page on which the owner of a new site makes the first account."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import NewAccountForm
from accounts.services.first_account import check_setup_token, create_first_account
from core.http.methods import require_form
from core.rate_limits import limit_refused_links


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_form
def first_account(request: HttpRequest, token: str) -> HttpResponse:
    """Make the first account and log in with it. 404 for a link that the site did not print, 409 after the first."""
    with limit_refused_links(request, group="first account", rate=settings.LOGIN_ADDRESS_RATE):
        check_setup_token(token)
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        user = create_first_account(token=token, username=values["username"], password=values["password1"])
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL), status=303)
    return render(request, "accounts/first_account.html", {"form": form}, status=422 if form.errors else 200)
