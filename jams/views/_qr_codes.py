"""QR codes as pictures."""

import io

import segno
from django.http import HttpResponse

CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def draw_qr_code(url: str, *, kind: str, scale: int, border: int) -> HttpResponse:
    """Return the response with the QR code of `url`; `kind` is "svg" or "png"."""
    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind=kind, scale=scale, border=border, light="white")
    return HttpResponse(picture.getvalue(), content_type=CONTENT_TYPES[kind])
