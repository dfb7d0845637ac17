"""The admin pages on which hosts and administrators import songs from a file."""

import csv
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
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from core.exceptions import ActionError
from core.http.htmx import HtmxRequest
from core.http.methods import require_form
from core.spreadsheets import BOM, escape_formula
from songs.cells import ENCODINGS
from songs.models import Song, get_model_field
from songs.selectors.imports import get_import_progress, list_recent_imports
from songs.services.imports import csv_format, uploads
from songs.services.imports.plan import MERGED, SHOWN

PERMISSIONS = ("songs.add_song", "songs.change_song")
View = Callable[..., HttpResponse]


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.cho,.chopro,.chordpro,.crd,.pro,.xml,text/csv"}),
    )
    text = forms.CharField(
        label=gettext_lazy("or paste the table here"),
        required=False,
        max_length=uploads.MAX_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "cols": 80}),
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too large before any of it is read."""
        upload = self.cleaned_data["file"]
        if upload and upload.size > uploads.MAX_BYTES:
            megabytes = uploads.MAX_BYTES // 1_000_000
            raise ValidationError(_("The file is larger than %(megabytes)d MB.") % {"megabytes": megabytes})
        return upload

    def clean(self) -> dict[str, Any]:
        """Require a file or a text, and give the content of either."""
        data: dict[str, Any] = super().clean() or {}
        file, text = data.get("file"), data.get("text") or ""
        if file:
            data |= {"name": file.name, "content": file.read()}
        elif text.strip():
            data |= {"name": _("pasted text"), "content": text.encode()}
        elif not self.errors:
            self.add_error("file", _("Choose a file, or paste its text."))
        return data


def librarians_only(view: View) -> View:
    """Let in those who may both add and change songs."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.has_perms(PERMISSIONS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(guarded)


@librarians_only
@require_form
def upload_file(request: HttpRequest) -> HttpResponse:
    """The form and the recent uploads. A job checks what is posted."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name, content = form.cleaned_data["name"], form.cleaned_data["content"]
        try:
            upload = uploads.submit_import(user=request.user, name=name, content=content, now=timezone.now())
            return HttpResponseRedirect(upload.get_absolute_url(), status=303)
        except ActionError as error:
            form.add_error("file", str(error))
    sample = io.StringIO()
    csv_format.write_sample(sample)
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
    shown = {"shown": SHOWN, "first": f":{SHOWN}", "encodings": ENCODINGS.items(), "fields": _list_fields()}
    return _render_page(request, "detail", {**context, **shown})


@librarians_only
@require_safe
def download_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """Every line of a file that cannot be imported, with the reason, as a table."""
    upload = get_import_progress(request.user, pk).upload
    response = HttpResponse(BOM, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="refused.csv"'
    writer = csv.writer(response)
    writer.writerow([_("Line"), _("Reason")])
    writer.writerows([line, escape_formula(reason)] for line, reason in upload.found.get("refused_rows", []))
    return response


@librarians_only
@require_POST
def read_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Check a file again, read in another encoding or with other columns."""
    fields = request.POST.getlist("field")
    upload = uploads.read_again(
        user=request.user,
        pk=pk,
        encoding=request.POST.get("encoding", ""),
        fields=fields,
        has_names="has_names" in request.POST if fields else None,
    )
    return HttpResponseRedirect(upload.get_absolute_url(), status=303)


@librarians_only
@require_POST
def confirm_import(request: HttpRequest, pk: int) -> HttpResponse:
    upload = uploads.confirm_import(user=request.user, pk=pk)
    return HttpResponseRedirect(upload.get_absolute_url(), status=303)


def _list_fields() -> list[tuple[str, str]]:
    """Return what a column of a file may hold, with its label."""
    labels = {csv_format.MODE: _("0 for minor, 1 for major")}
    return [(name, labels.get(name) or str(get_model_field(name).verbose_name)) for name in csv_format.FIELDS]


def _render_page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    page = {**admin.site.each_context(request), "opts": Song._meta, "title": _("Import songs"), **context}
    return render(request, f"admin/songs/song/import_{name}.html", page)
