"""The page on which an administrator removes the demo."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.http.methods import require_form
from core.http.types import AuthenticatedRequest
from demo.removal import remove_demo


@admin.site.admin_view
@require_form
def confirm_removal(request: AuthenticatedRequest) -> HttpResponse:
    """Ask first, then remove the demo. For administrators only."""
    if not request.user.is_superuser:
        raise PermissionDenied
    if request.method != "POST":
        context = {**admin.site.each_context(request), "title": _("Remove the demo")}
        return render(request, "demo/remove.html", context)
    removed = remove_demo()
    counts = {"jams": removed.jams, "songs": removed.songs, "venues": removed.venues}
    messages.success(request, _("Removed the demo. Jams: %(jams)d, songs: %(songs)d, venues: %(venues)d.") % counts)
    for name in removed.kept_accounts:
        messages.warning(
            request, _("The account “%(name)s” is still in use, so it stays. Change its password.") % {"name": name}
        )
    return HttpResponseRedirect(reverse("admin:index"), status=303)
