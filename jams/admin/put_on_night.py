"""What the admin's library offers for many songs at once: put them on a night."""

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.exceptions import ActionError
from core.http.types import AuthenticatedRequest
from core.showable import keep_showable
from jams.models import Jam
from jams.services.added_songs import add_songs
from songs.models import Song

MAX_NIGHTS = 60


def put_on_night(
    model_admin: "ModelAdmin[Song]", request: AuthenticatedRequest, songs: QuerySet[Song]
) -> HttpResponse | None:
    """Ask which night, then put `songs` on its set list and lead there; that can be undone for 15 minutes."""
    ids = list(songs.values_list("pk", flat=True))
    now, nights = timezone.now(), Jam.objects.run_by(request.user)
    if "night" in request.POST:
        night = nights.filter(slug=request.POST["night"]).select_related("venue").first()
        try:
            event = add_songs(jam=night, songs=ids, user=request.user, now=now) if night else None
        except ActionError as refusal:
            model_admin.message_user(request, str(refusal), messages.ERROR)
            return None
        if night and event is None:
            messages.info(request, _("Nothing was added: choose a song that isn't on the set list yet."))
        return HttpResponseRedirect(reverse("host:songs", args=[night.slug]), status=303) if night else None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Put on a night"),
        "opts": model_admin.opts,
        "songs": ids,
        "nights": keep_showable(nights.on_or_coming(now).select_related("venue")[:MAX_NIGHTS]),
        "checkbox": ACTION_CHECKBOX_NAME,
    }
    return TemplateResponse(request, "admin/songs/song/put_on_night.html", context)
