"""The pages of public registration: ask for a link, then create an account with it."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import EmailForm, NewAccountForm
from accounts.services.registration import read_registration_key, register, request_registration
from core.exceptions import Conflict, Gone
from core.http.error_responses import error_response
from core.http.methods import require_form
from core.http.statuses import get_status
from core.rate_limits import enforce_strict_address_limit, limit_refused_links

type View = Callable[[HttpRequest], HttpResponse]


def _registration_page(view: View) -> View:
    """Decorate a view of a form: there is no such page unless REGISTRATION is on."""

    @sensitive_post_parameters("password1", "password2")
    @never_cache
    @require_form
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.REGISTRATION:
            raise Http404
        return view(request)

    return guarded


@_registration_page
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Have a link mailed. The answer is the same whether the address has an account or not."""
    form = EmailForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        enforce_strict_address_limit(request, group="registration", rate=settings.LOGIN_ADDRESS_RATE)
        request_registration(email=form.cleaned_data["email"], language=get_language() or settings.LANGUAGE_CODE)
        return render(request, "accounts/mail_sent.html", {"is_certain": True})
    return render(request, "accounts/register.html", {"form": form}, status=422 if form.errors else 200)


@_registration_page
def confirm(request: HttpRequest) -> HttpResponse:
    """Create the account and log in with it. The key is in the query, which no log line holds."""
    try:
        with limit_refused_links(request, group="registration link", rate=settings.LOGIN_ADDRESS_RATE):
            return _use_link(request, request.GET.get("key", ""))
    except Conflict as error:
        link, text = resolve_url(settings.LOGIN_URL), gettext("Log in")
        return error_response(request, get_status(error), str(error), link=link, link_text=text)
    except Gone as error:
        link, text = reverse("registration:start"), gettext("Ask for a new link")
        return error_response(request, get_status(error), str(error), link=link, link_text=text)


def _use_link(request: HttpRequest, key: str) -> HttpResponse:
    email = read_registration_key(key)
    form = NewAccountForm(request.POST if request.method == "POST" else None, instance=User(email=email))
    if form.is_valid():
        values = form.cleaned_data
        user = register(key=key, username=values["username"], password=values["password1"], now=timezone.now())
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return HttpResponseRedirect(resolve_url(settings.LOGIN_REDIRECT_URL), status=303)
    context = {"form": form, "email": email}
    return render(request, "accounts/confirm_registration.html", context, status=422 if form.errors else 200)
