"""The pages on which somebody who is logged in changes their email address, and confirms it with a link."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import AddressForm
from accounts.login_form import limit_own_password
from accounts.services.addresses import read_address_key, request_address, set_address
from core.exceptions import Gone
from core.http.error_responses import error_response
from core.http.methods import require_form
from core.http.statuses import get_status
from core.http.types import AuthenticatedRequest
from core.rate_limits import limit_refused_links


@sensitive_post_parameters("password")
@never_cache
@require_form
def change_address(request: AuthenticatedRequest) -> HttpResponse:
    """Have a link mailed to the new address. It takes the password: somebody else may hold the phone."""
    is_sent = request.method == "POST" and bool(settings.MAIL_HOST)
    if is_sent:
        limit_own_password(request.user)
    form = AddressForm(request.user, request.POST if is_sent else None)
    if form.is_valid():
        language = get_language() or settings.LANGUAGE_CODE
        request_address(user=request.user, email=form.cleaned_data["email"], language=language)
        return render(request, "accounts/mail_sent.html", {"is_certain": True})
    context = {"form": form, "can_mail": bool(settings.MAIL_HOST)}
    return render(request, "accounts/change_address.html", context, status=422 if form.errors else 200)


@never_cache
@require_form
def confirm_address(request: HttpRequest) -> HttpResponse:
    """Set the address in the key with one tap, also where nobody is logged in: mail may be read on another device."""
    key = request.GET.get("key", "")
    try:
        with limit_refused_links(request, group="address link", rate=settings.LOGIN_ADDRESS_RATE):
            user, email = read_address_key(key)
            if request.method == "POST":
                set_address(key=key, language=get_language() or settings.LANGUAGE_CODE)
    except Gone as error:
        link, text = reverse("address:change"), gettext("Ask for a new link")
        return error_response(request, get_status(error), str(error), link=link, link_text=text)
    context = {"account": user, "email": email, "is_done": request.method == "POST"}
    return render(request, "accounts/confirm_address.html", context)
