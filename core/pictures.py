"""Uploaded pictures: each is decoded, scaled down and re-encoded; the original file is discarded."""

import secrets
import struct
import zlib
from functools import partial
from io import BytesIO
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models.fields.files import FieldFile
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

FORMATS = ["JPEG", "PNG", "WEBP"]
MAX_SIDE = 1920  # pixels
# What Pillow raises for malformed files.
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
)
BOMB_ERRORS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class PictureField(forms.FileField):
    """Accepts a JPEG, PNG or WebP file and cleans it to a small WebP with a random name."""

    widget = forms.ClearableFileInput

    def to_python(self, data: "File[Any] | None") -> "ContentFile[bytes] | None":
        upload = super().to_python(data)
        return convert_to_webp(upload) if upload else None

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": "image/jpeg,image/png,image/webp"}


def convert_to_webp(upload: "File[Any]") -> "ContentFile[bytes]":
    """Return `upload` as a WebP with a random name: upright, without metadata, at most MAX_SIDE pixels long.

    Raises ValidationError when it is too large, has too many pixels, or can't be read as a picture.
    """
    if upload.size > settings.PICTURE_MAX_BYTES:
        limit = filesizeformat(settings.PICTURE_MAX_BYTES)
        raise ValidationError(_("This picture is too large. The limit is %(limit)s.") % {"limit": limit})
    try:
        picture = _scale_down(_open_picture(upload))
    except DECODE_ERRORS as error:
        raise ValidationError(_("We can't read this picture. Upload a JPEG, PNG or WebP file.")) from error
    target = BytesIO()
    picture.save(target, "WEBP", quality=80)
    return ContentFile(target.getvalue(), name=f"{secrets.token_hex(16)}.webp")


def delete_file(picture: FieldFile) -> None:
    """Delete the file of a picture that nothing else shows, after the transaction commits."""
    if picture.name:
        transaction.on_commit(partial(picture.storage.delete, picture.name), robust=True)


def _open_picture(upload: "File[Any]") -> Image.Image:
    """Read only the header, and check the number of pixels before any of them is decoded."""
    try:
        picture = Image.open(upload, formats=FORMATS)
        pixels = picture.width * picture.height
    except BOMB_ERRORS:
        pixels = settings.PICTURE_MAX_PIXELS + 1
    if pixels > settings.PICTURE_MAX_PIXELS:
        limit = settings.PICTURE_MAX_PIXELS // 1_000_000
        raise ValidationError(_("This picture has too many pixels. The limit is %(limit)d million.") % {"limit": limit})
    return picture


def _scale_down(picture: Image.Image) -> Image.Image:
    """Decode the first frame and scale it down; a JPEG decoder can scale while it decodes."""
    picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    if picture.mode != mode:
        picture = picture.convert(mode)
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    return ImageOps.exif_transpose(picture)
