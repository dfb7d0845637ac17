"""The admin pages on which hosts and administrators import songs from a file."""

import io
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from core.exceptions import ActionError
from core.http.htmx import HtmxRequest
from songs.models import Song
from songs.selectors.imports import get_import_progress, list_recent_imports
from songs.services.imports import uploads
from songs.services.imports.csv_format import write_sample
from songs.services.imports.plan import MERGED, SHOWN

PERMISSIONS = ("songs.add_song", "songs.change_song")
View = Callable[..., HttpResponse]


class FileForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def clean_file(self) -> Any:
        """Refuse a file that is too large before any of it is read."""
        upload = self.cleaned_data["file"]
        if upload.size > uploads.MAX_BYTES:
            megabytes = uploads.MAX_BYTES // 1_000_000
            raise ValidationError(_("The file is larger than %(megabytes)d MB.") % {"megabytes": megabytes})
        return upload


def librarians_only(view: View) -> View:
    """Let in those who may both add and change songs."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perms(PERMISSIONS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(guarded)


@librarians_only
@require_http_methods(["GET", "HEAD", "POST"])
def upload_file(request: HttpRequest) -> HttpResponse:
    """The form and the recent uploads. A job checks what is posted."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = uploads.submit_import(user=request.user, name=file.name, content=file.read(), now=timezone.now())
            return HttpResponseRedirect(upload.get_absolute_url(), status=303)
        except ActionError as error:
            form.add_error("file", str(error))
    sample = io.StringIO()
    write_sample(sample)
    context = {
        "form": form,
        "recent": list_recent_imports(request.user),
        "limits": {
            "lines": number_format(uploads.MAX_LINES, force_grouping=True),
            "megabytes": uploads.MAX_BYTES // 1_000_000,
        },
        "optional": ", ".join(MERGED),
        "sample": sample.getvalue(),
    }
    return _render_page(request, "start", context)


@librarians_only
@require_safe
def show_import(request: HtmxRequest, pk: int) -> HttpResponse:
    """The progress of a file, then what it would change, then what it has changed; htmx polls the progress."""
    progress = get_import_progress(request.user, pk)
    if request.htmx and progress.is_over:
        return HttpResponseClientRefresh()
    context = {"progress": progress, "upload": progress.upload}
    if request.htmx:
        return render(request, "admin/songs/song/_import_progress.html", context)
    return _render_page(request, "detail", {**context, "shown": SHOWN})


@librarians_only
@require_POST
def confirm_import(request: HttpRequest, pk: int) -> HttpResponse:
    upload = uploads.confirm_import(user=request.user, pk=pk)
    return HttpResponseRedirect(upload.get_absolute_url(), status=303)


def _render_page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    page = {**admin.site.each_context(request), "opts": Song._meta, "title": _("Import songs"), **context}
    return render(request, f"admin/songs/song/import_{name}.html", page)
