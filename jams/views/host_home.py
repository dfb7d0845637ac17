"""A host's home: my nights, my venues, and where to begin."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from jams.identity.host_access import HostRequest, require_host_account
from jams.selectors.host_home import read_first_steps, read_host_home


@never_cache
@require_safe
@require_host_account
def home(request: HostRequest) -> HttpResponse:
    now = timezone.now()
    found = read_host_home(request.user, now=now, page=request.GET.get("page", ""))
    steps = read_first_steps(request.user) if found.is_new else None
    return render(
        request, "host/home.html", {"home": found, "steps": steps, "now": now, "can_mail": bool(settings.MAIL_HOST)}
    )


@never_cache
@require_safe
@require_host_account
def first_night(request: HostRequest) -> HttpResponse:
    """Show how a first night goes, in ten steps."""
    return render(request, "host/first_night.html")
