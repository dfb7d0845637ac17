"""The pages on which hosts and administrators bring songs from a file; part of the admin."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.tasks import TaskResultStatus
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from core.exceptions import ActionError
from jobs.models import Job
from songs.models import Song, SongImport
from songs.services.imports import uploads
from songs.services.imports.jobs import SHOWN

RECENT = 10
SAMPLE = """title,artist,key,tempo,parts
Purple Rain,Prince,Bb,113,"vocals, 2 guitar, bass, drums, keys?"
"""
RIGHTS = ("songs.add_song", "songs.change_song")
View = Callable[..., HttpResponse]


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> Any:
        """Refuse what is too large before any of it is read."""
        upload = self.cleaned_data["file"]
        if upload.size > uploads.MOST_BYTES:
            megabytes = uploads.MOST_BYTES // 1_000_000
            raise ValidationError(_("The file is larger than %(megabytes)d MB.") % {"megabytes": megabytes})
        return upload


def for_librarians(view: View) -> View:
    """Let in those who may both add and change songs."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perms(RIGHTS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(guarded)


@for_librarians
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """The form, and what was sent lately; what is posted is checked in the background."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            sent = uploads.submit_import(user=request.user, name=upload.name, content=upload.read(), now=timezone.now())
            return HttpResponseRedirect(sent.get_absolute_url(), status=303)
        except ActionError as refusal:
            form.add_error("file", str(refusal))
    recent = _of(request).defer("content", "found")[:RECENT]
    limits = {
        "lines": number_format(uploads.MOST_LINES, force_grouping=True),
        "megabytes": uploads.MOST_BYTES // 1_000_000,
    }
    context = {"title": _("Import songs"), "form": form, "recent": recent, "limits": limits, "sample": SAMPLE}
    return _page(request, "start", context)


@for_librarians
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a file is, what would come of it, or what came of it; htmx asks for how far it is alone."""
    sent = get_object_or_404(_of(request).defer("content"), pk=pk)
    job = Job.objects.filter(pk=sent.job).values_list("status", flat=True).first() if sent.is_moving else None
    given_up = job == TaskResultStatus.FAILED
    if request.htmx and (given_up or not sent.is_moving):
        return HttpResponseClientRefresh()
    context = {"sent": sent, "given_up": given_up, "waits": job == TaskResultStatus.READY}
    if request.htmx:
        return render(request, "admin/songs/song/_import_progress.html", context)
    return _page(request, "detail", {**context, "title": _("Import songs"), "shown": SHOWN})


@for_librarians
@require_POST
def carry_out(request: HttpRequest, pk: int) -> HttpResponse:
    sent = get_object_or_404(_of(request).defer("content", "found"), pk=pk)
    uploads.confirm_import(sent=sent)
    return HttpResponseRedirect(sent.get_absolute_url(), status=303)


def _of(request: HttpRequest) -> Any:
    return SongImport.objects.of(request.user).select_related("user").order_by("-created_at", "-pk")


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    page = {**admin.site.each_context(request), "opts": Song._meta, **context}
    return render(request, f"admin/songs/song/import_{name}.html", page)
