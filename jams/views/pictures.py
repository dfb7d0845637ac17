"""Serves uploaded pictures, unless MEDIA_PUBLIC_URL names another server."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.http.cache_control import IMMUTABLE


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """Return a picture of a jam or a venue: a WebP file that `core.pictures` created under a random name."""
    try:
        file = default_storage.open(f"{name}.webp")
    except FileNotFoundError:
        raise Http404(_("Picture not found.")) from None
    response = FileResponse(file, content_type="image/webp")
    response["Cache-Control"] = IMMUTABLE
    return response
