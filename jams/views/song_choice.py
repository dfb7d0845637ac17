"""The songs of a night, many at once: from the library, from the last night, or from a pasted list."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.exceptions import ActionError, Forbidden, Invalid
from core.http.methods import require_form
from core.http.statuses import get_status
from core.pagination import paginate
from core.querysets import is_pk
from jams.forms import LinesForm
from jams.identity.host_access import HostRequest, require_host, require_permission
from jams.models import Event, Jam
from jams.selectors.planning import find_last_night
from jams.selectors.song_choice import find_undoable_addition, list_known_songs, list_night_songs
from jams.services.added_songs import add_songs
from songs.selectors.library import list_songs

SONGS_PER_PAGE = 50


@never_cache
@require_form
@require_host
@require_permission("jams.add_entry")
def library(request: HostRequest, jam: Jam) -> HttpResponse:
    """Show the library to choose from; a POST puts the chosen songs on the set list."""
    if request.method == "POST":
        event = add_songs(jam=jam, songs=_read_ids(request.POST.getlist("song")), user=request.user, now=timezone.now())
        return _say_and_return(request, jam, event)
    words, order = request.GET.get("q", ""), request.GET.get("order", "") or "plays"
    page = paginate(list_songs(words=words, order=order), request.GET.get("page", ""), size=SONGS_PER_PAGE)
    return _render_page(request, jam, "library", page=page, songs=page.rows, words=words, order=order)


@never_cache
@require_safe
@require_host
@require_permission("jams.add_entry")
def last_night(request: HostRequest, jam: Jam) -> HttpResponse:
    """Show the songs of the last night at the same venue, all of them chosen."""
    night = find_last_night(jam.venue, before=jam.starts_at)
    return _render_page(request, jam, "last", night=night, songs=list_night_songs(night) if night else [])


@never_cache
@require_form
@require_host
@require_permission("jams.add_entry")
def paste(request: HostRequest, jam: Jam) -> HttpResponse:
    """Show what a pasted list holds; with the second button, put it on the set list."""
    form = LinesForm(request.POST, request.FILES) if request.method == "POST" else LinesForm()
    if not form.is_valid() or "change" in request.POST:
        return _render_page(request, jam, "paste", form=form)
    pasted = form.cleaned_data["lines"]
    if "add" not in request.POST:
        return _render_page(request, jam, "paste", form=form, pasted=pasted)
    try:
        if pasted.missing and not request.user.has_perm("songs.add_song"):
            raise Forbidden(_("Your account can't add songs to the library."))
        event = add_songs(jam=jam, pasted=pasted.songs, user=request.user, now=timezone.now())
    except ActionError as error:
        form.add_error("lines", str(error))  # an error page would lose the list
        return _render_page(request, jam, "paste", form=form, status=get_status(error))
    return _say_and_return(request, jam, event)


def _render_page(request: HostRequest, jam: Jam, tab: str, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "jam": jam,
        "tab": tab,
        "known": list_known_songs(jam),
        "addition": find_undoable_addition(jam, now=timezone.now()),
        **more,
    }
    return render(request, "host/songs.html", context, status=status)


def _read_ids(values: list[str]) -> list[int]:
    if not all(map(is_pk, values)):
        raise Invalid(_("That isn't a song."))
    return [int(value) for value in values]


def _say_and_return(request: HostRequest, jam: Jam, event: Event | None) -> HttpResponse:
    if event is None:
        messages.info(request, _("Nothing was added: choose a song that isn't on the set list yet."))
    return HttpResponseRedirect(reverse("host:songs", args=[jam.slug]), status=303)
