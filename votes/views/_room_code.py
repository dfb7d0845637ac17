"""Lead people who vote without the room code to the page on which they enter it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from core.http.error_responses import error_response
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
            link = reverse("jams:room", args=[slug])
            return error_response(request, get_status(refusal), str(refusal), link=link, link_text=_("Enter the code"))

    return answer
