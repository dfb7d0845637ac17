"""The pages in the admin where administrators download all data as tables."""

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial, wraps
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from exports.csv_tables import TABLES, stream_archive, stream_table

View = Callable[..., Any]


def administrators_only(view: View) -> View:
    """Let only administrators read this page of the admin; others get 403, and anonymous visitors the login form."""

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, **kwargs: Any) -> Any:
        if not request.user.is_superuser:
            raise PermissionDenied
        return view(request, **kwargs)

    return admin.site.admin_view(guarded)


@administrators_only
def export_page(request: HttpRequest) -> HttpResponse:
    """Show a link for each table, and one for all of them."""
    context = {**admin.site.each_context(request), "title": _("Export"), "tables": TABLES.values()}
    return render(request, "exports/page.html", context)


@administrators_only
def download_table(request: HttpRequest, name: str) -> StreamingHttpResponse:
    """Send one table as a CSV file."""
    if name not in TABLES:
        raise Http404
    return _stream_download(request, stream_table(TABLES[name]), "text/csv; charset=utf-8", TABLES[name].file_name)


@administrators_only
def download_archive(request: HttpRequest) -> StreamingHttpResponse:
    """Send all tables in a zip archive."""
    return _stream_download(request, stream_archive(now=timezone.now()), "application/zip", "jamsite.zip")


def _stream_download(
    request: HttpRequest, pieces: Iterator[bytes], content_type: str, name: str
) -> StreamingHttpResponse:
    """Send `pieces` as they are made; a server of sockets would otherwise collect them all first."""
    content = _iterate_in_thread(pieces) if isinstance(request, ASGIRequest) else pieces
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type=content_type, headers=headers)


async def _iterate_in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    next_chunk = sync_to_async(partial(next, chunks, None))
    while (chunk := await next_chunk()) is not None:
        yield chunk
