"""Uploaded pictures, served by ourselves unless MEDIA_PUBLIC_URL says who does."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.http.cache_control import IMMUTABLE


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """One background picture: always a WebP that `jams.services.pictures` wrote, under the random name that it gave."""
    try:
        file = default_storage.open(f"jams/{name}.webp")
    except FileNotFoundError:
        raise Http404(_("Picture not found.")) from None
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = IMMUTABLE
    return response
