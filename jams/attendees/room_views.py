"""Typing the room code."""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from jams.attendees import identity
from jams.attendees.acting import jam_at, keep
from jams.attendees.attendance import attend
from jams.attendees.rooms import enter_room
from jamsite.limits import limit, limit_address


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, slug: str) -> HttpResponse:
    """Where the code of the stage screen is typed, once a night."""
    jam = jam_at(slug)
    if request.method != "POST":
        return render(request, "jams/room.html", {"jam": jam})
    browser = identity.claimed(request) or identity.new()
    limit(request, group="room codes", who=browser, rate=settings.ROOM_CODE_RATE)
    limit_address(request, group="all room codes", rate=settings.ROOM_CODE_ADDRESS_RATE)
    with transaction.atomic():  # a wrong code leaves no attendee behind
        attendee = attend(jam=jam, browser=browser, now=timezone.now())
        enter_room(jam=jam, attendee=attendee, code=request.POST.get("code", ""))
    return keep(request, HttpResponseRedirect(jam.get_absolute_url(), status=303), browser)
