"""The pages in the admin on which those who keep the library merge songs that are one."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.exceptions import ActionError
from core.http.methods import require_form
from core.http.statuses import get_status
from core.http.types import AuthenticatedRequest
from songs.models import Song, SongMerge
from songs.selectors.twins import list_likely_twins
from songs.views.imports import librarians_only
from votes.selectors.song_merges import list_recent_merges, preview_merge
from votes.services.song_merging import merge_songs, undo_merge

View = Callable[..., HttpResponse]


class PairForm(forms.Form):
    """The song that is kept, and its twin."""

    keep = forms.ModelChoiceField(Song.objects.current())
    twin = forms.ModelChoiceField(Song.objects.exclude(archived=True, merged_into__isnull=False))


def in_admin(view: View) -> View:
    """Let in those who may add and change songs; others get 403, and anonymous visitors the login form."""
    return admin.site.admin_view(librarians_only(view))


@in_admin
@require_safe
def show_twins(request: HttpRequest) -> HttpResponse:
    """List songs that may be one, and merges that can be undone."""
    context = {"twins": list_likely_twins(), "recent": list_recent_merges(timezone.now())}
    return _render(request, "song_twins", _("Songs that may be the same"), context)


@in_admin
@require_form
def merge(request: AuthenticatedRequest) -> HttpResponse:
    """Say what merging two songs would do; and merge them, when that is posted."""
    form = PairForm(request.POST or request.GET)
    if not form.is_valid():
        messages.error(request, _("One of these songs is no longer in the library."))
        return redirect("votes:twins")
    keep, twin = form.cleaned_data["keep"], form.cleaned_data["twin"]
    refusal = ""
    if request.method == "POST":
        try:
            merge_songs(keep=keep, twin=twin, user=request.user, now=timezone.now())
        except ActionError as error:
            refusal, status = str(error), get_status(error)
        else:
            messages.success(request, _("Merged into %(song)s. You can undo this for a day.") % {"song": keep})
            return HttpResponseRedirect(request.path.removesuffix("merge/"), status=303)
    context = {"keep": keep, "twin": twin, "preview": preview_merge(keep, twin), "refusal": refusal}
    page = _render(request, "merge_songs", _("Merge these songs?"), context)
    page.status_code = status if refusal else page.status_code
    return page


@in_admin
@require_POST
def undo(request: AuthenticatedRequest, pk: int) -> HttpResponse:
    """Make two songs two again."""
    found = get_object_or_404(SongMerge.objects.select_related("kept", "twin"), pk=pk)
    try:
        undo_merge(merge=found, user=request.user, now=timezone.now())
    except ActionError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(song)s is a song of its own again.") % {"song": found.twin})
    return redirect("votes:twins")


def _render(request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
    page = {**admin.site.each_context(request), "opts": Song._meta, "title": title, **context}
    return render(request, f"admin/votes/{name}.html", page)
