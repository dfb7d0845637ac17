"""Lead people who vote without the room code to the page on which they enter it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.http.htmx import HtmxRequest
from core.http.statuses import get_status
from votes.services.votes import RoomCodeNeeded

View = Callable[..., HttpResponse]


def link_to_room_code(view: View) -> View:
    """Decorate `view(request, slug, ...)` so that a refusal for want of the room code has a link to its page."""

    @wraps(view)
    def answer(request: HtmxRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, slug, **kwargs)
        except RoomCodeNeeded as refusal:
            status = get_status(refusal)
            context = {"status": status, "sentence": refusal, "link": reverse("jams:room", args=[slug])}
            template = "_refusal.html" if request.htmx else "error.html"
            return render(request, template, {**context, "link_text": _("Enter the code")}, status=status)

    return answer
