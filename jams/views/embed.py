"""A small page with the current or next jam of a venue, for the venue's own site to embed in a frame."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from core.showable import keep_showable
from jams.models import Entry, EntryStatus, Jam, JamQuerySet
from venues.models import Venue

FRAMED = {**settings.SECURE_CSP, "frame-ancestors": ["*"]}  # the page has only links, so clickjacking is harmless
REFRESH_SECONDS = "60"
MAX_BROKEN = 3  # rows in front of one that can be shown


@require_safe
@xframe_options_exempt
@csp_override(FRAMED)
def venue_embed(request: HttpRequest, venue_slug: str) -> HttpResponse:
    """Show the jam that is on with its current song, or else the next jam, and what follows one that is cancelled.

    Takes two to four queries.
    """
    place = get_object_or_404(Venue, slug=venue_slug)
    jams = Jam.objects.filter(venue=place).select_related("venue")
    now = timezone.now()
    jam = _find_first(jams.on(now).order_by("-starts_at", "-pk")) or _find_first(jams.on_or_coming(now))
    then = _find_first(jams.coming(now)) if jam and jam.is_cancelled else None
    context = {"venue": place, "jam": jam, "then": then, "song": _describe_song_on_stage(jam), "now": now}
    response = render(request, "jams/embed.html", context)
    response["Refresh"] = REFRESH_SECONDS
    return response


def _find_first(jams: JamQuerySet) -> Jam | None:
    return next(iter(keep_showable(jams[:MAX_BROKEN])), None)


def _describe_song_on_stage(jam: Jam | None) -> str:
    """Return title and artist of the song on stage; empty if there is none."""
    if jam is None or not jam.is_on:
        return ""
    playing = Entry.objects.filter(jam=jam, status=EntryStatus.PLAYING).order_by("pk")
    return ", ".join(playing.values_list("song__title", "song__artist").first() or ())
