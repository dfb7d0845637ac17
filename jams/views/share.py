"""What hosts hang up and hand out: the link for the venue's television, and things to print."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from core.http.methods import require_form
from jams.identity.host_access import HostRequest, require_host
from jams.models import Jam
from jams.public_urls import build_share_links, build_stage_url
from jams.services.stage_link import renew_stage_link


@never_cache
@require_form
@require_host
def share_page(request: HostRequest, jam: Jam) -> HttpResponse:
    """GET: show the links. POST: make a new link for the television."""
    if request.method == "POST":
        renew_stage_link(jam=jam, user=request.user, now=timezone.now())
        return HttpResponseRedirect(reverse("host:share", args=[jam.slug]), status=303)
    context = {"jam": jam, "stage_url": build_stage_url(request, jam), "share": build_share_links(request, jam)}
    return render(request, "host/share.html", context)
