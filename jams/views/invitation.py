"""The page of an invitation, for the person who was invited."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import NewAccountForm
from accounts.permissions import has_host_account
from core.http.methods import require_form
from core.rate_limits import limit_refused_links
from jams.services.invitations import accept_invitation, accept_with_new_account, get_open_invitation


@sensitive_post_parameters("password1", "password2")
@never_cache
@require_form
def invitation_page(request: HttpRequest) -> HttpResponse:
    """Accept the invitation in the query: as who is logged in, or with a new account.

    The token is in the query, which no log line holds. 404, 409 and 410 say what is wrong with it.
    """
    now, token = timezone.now(), request.GET.get("key", "")
    with limit_refused_links(request, group="invitation", rate=settings.LOGIN_ADDRESS_RATE):
        invitation = get_open_invitation(token, now=now)
    is_known, is_sent = has_host_account(request.user), request.method == "POST"
    form = NewAccountForm(request.POST if is_sent and not is_known else None)
    if is_sent and (is_known or form.is_valid()):
        if is_known:
            accept_invitation(token=token, user=request.user, now=now)  # type: ignore[arg-type]  # is logged in
        else:
            values = form.cleaned_data
            user = accept_with_new_account(
                token=token, username=values["username"], password=values["password1"], now=now
            )
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        messages.success(request, _("Welcome to %(name)s!") % {"name": invitation.target.name})
        return HttpResponseRedirect(reverse("host:home"), status=303)
    context = {"invitation": invitation, "form": form, "is_known": is_known}
    return render(request, "jams/invitation.html", context, status=422 if form.errors else 200)
