"""What happens to an upload, whatever it is."""

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from core.pictures import convert_to_webp
from jams.models import Jam
from tests.builders import make_jam
from tests.hosts import browser_of, make_host
from tests.jams.test_admin import address, jam_form

ORIENTATION, TURNED_RIGHT = 0x0112, 6
PAYLOAD = b"<script>alert(1)</script>"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    target = BytesIO()
    Image.new(mode, size).save(target, kind, **options)
    return target.getvalue()


def upload(content: bytes, name: str = "picture.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int) -> bytes:
    """A tiny PNG file that says it is enormous."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


REFUSED = {
    "html": b"<!doctype html>" + PAYLOAD,
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg">' + PAYLOAD + b"</svg>",
    "gif": picture("GIF"),
    "gif and script": b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)",
    "tiff": picture("TIFF"),
    "truncated png": picture("PNG", size=(400, 400), compress_level=0)[:2000],
    "truncated jpeg": picture("JPEG", size=(400, 400), quality=95)[:700],
    "truncated webp": picture("WEBP", size=(400, 400), lossless=True)[:30],
    "png with broken sums": picture("PNG")[:40] + b"\0\0\0\0" + picture("PNG")[44:],
    "header alone": b"\x89PNG\r\n\x1a\n",
    "bomb": png_header(60_000, 60_000),
    "bigger bomb": png_header(2_000_000, 2_000_000),
    "pdf": b"%PDF-1.7\n" + PAYLOAD,
    "one byte": b"\xff",
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_convert_to_webp_refuses_what_is_no_picture(content: bytes) -> None:
    with pytest.raises(ValidationError):
        convert_to_webp(upload(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "CMYK", "1", "I;16", "LA"])
def test_convert_to_webp_accepts_every_format(kind: str, mode: str) -> None:
    try:
        content = picture(kind, mode=mode)
    except OSError:  # this kind of file has no such mode; the plain one stands for it
        content = picture(kind)
    result = Image.open(convert_to_webp(upload(content)))
    assert (result.format, result.size) == ("WEBP", (40, 20))


def test_long_side_is_cut_to_1920_pixels() -> None:
    assert Image.open(convert_to_webp(upload(picture("JPEG", size=(4000, 1000))))).size == (1920, 480)


def test_small_picture_is_not_blown_up() -> None:
    assert Image.open(convert_to_webp(upload(picture(size=(3, 2))))).size == (3, 2)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_is_turned_upright_and_its_metadata_dropped(kind: str) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = TURNED_RIGHT
    exif[0x010E] = "taken at home"
    result = convert_to_webp(upload(picture(kind, exif=exif)))
    found = Image.open(result)
    assert (found.size, dict(found.getexif()), b"taken at home" in result.read()) == ((20, 40), {}, False)


def test_colour_profile_and_comments_are_dropped() -> None:
    content = picture("JPEG", comment=PAYLOAD, icc_profile=b"\0" * 128 + PAYLOAD)
    result = convert_to_webp(upload(content))
    assert (PAYLOAD in content, PAYLOAD in result.read()) == (True, False)


def test_trailing_data_is_dropped() -> None:
    assert PAYLOAD not in convert_to_webp(upload(picture() + PAYLOAD)).read()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_only_the_first_frame_is_kept(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    target = BytesIO()
    frames[0].save(target, kind, save_all=True, append_images=frames[1:], lossless=True)
    result = Image.open(convert_to_webp(upload(target.getvalue())))
    pixel: Any = result.convert("RGB").getpixel((4, 4))
    assert (getattr(result, "n_frames", 1), pixel[2] < 20) == (1, True)


def test_transparency_is_kept() -> None:
    assert Image.open(convert_to_webp(upload(picture(mode="RGBA")))).mode == "RGBA"


def test_file_name_is_random() -> None:
    names = {convert_to_webp(upload(picture(), name="../../holiday.php")).name for _each in range(2)}
    assert [len(name or "") for name in names] == [len("0" * 32 + ".webp")] * 2


def test_too_many_bytes_are_refused_before_they_are_read(settings: Settings) -> None:
    settings.PICTURE_MAX_BYTES = 50
    with pytest.raises(ValidationError, match=r"too large\. The limit is 50"):
        convert_to_webp(upload(picture()))


def test_too_many_pixels_are_refused_before_they_are_decoded(settings: Settings) -> None:
    settings.PICTURE_MAX_PIXELS = 2_000_000
    with pytest.raises(ValidationError, match=r"too many pixels\. The limit is 2 million"):
        convert_to_webp(upload(png_header(2000, 1001)))


# -- In the admin -----------------------------------------------------------------------------------------


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def owner(db: None) -> User:
    return make_host()


@pytest.fixture
def jam(owner: User) -> Jam:
    return make_jam(hosts=(owner,))


def send(user: User, jam: Jam, **changes: object) -> int:
    return browser_of(user).post(address("jam", "change", jam.pk), jam_form(jam, **changes)).status_code


def stored(media: Path) -> list[str]:
    return sorted(str(path.relative_to(media)) for path in media.rglob("*.*"))


def test_background_is_stored_under_its_random_name(owner: User, jam: Jam, media: Path) -> None:
    assert send(owner, jam, background=upload(picture(), name="me.png")) == 302
    jam.refresh_from_db()
    assert stored(media) == [jam.background.name]
    assert str(jam.background.name).startswith("jams/")


def test_refused_upload_is_a_form_error_and_stores_nothing(owner: User, jam: Jam, media: Path) -> None:
    form = jam_form(jam, background=upload(REFUSED["html"], name="x.png"))
    response = browser_of(owner).post(address("jam", "change", jam.pk), form)
    reasons = response.context["adminform"].form.errors["background"]
    assert (response.status_code, reasons) == (200, ["We can't read this picture. Upload a JPEG, PNG or WebP file."])
    assert stored(media) == []


def test_other_error_in_the_form_stores_nothing(owner: User, jam: Jam, media: Path) -> None:
    assert send(owner, jam, background=upload(picture()), name="") == 200
    assert stored(media) == []


def test_other_host_stores_nothing(jam: Jam, media: Path) -> None:
    send(make_host(), jam, background=upload(picture()))
    assert stored(media) == []


@pytest.mark.django_db(transaction=True)
def test_background_replacement_removes_the_old_file(owner: User, jam: Jam, media: Path) -> None:
    send(owner, jam, background=upload(picture()))
    before = stored(media)
    send(owner, jam, background=upload(picture()))
    jam.refresh_from_db()
    assert stored(media) == [jam.background.name] != before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["clear", "delete", "delete_selected"])
def test_background_is_deleted_with_its_jam(way: str, owner: User, jam: Jam, media: Path) -> None:
    send(owner, jam, background=upload(picture()))
    if way == "clear":
        send(owner, jam, **{"background-clear": "on"})
    elif way == "delete":
        browser_of(owner).post(address("jam", "delete", jam.pk), {"post": "yes"})
    else:
        selected = {"action": way, "_selected_action": jam.pk, "post": "yes"}
        browser_of(owner).post(address("jam", "changelist"), selected)
    assert stored(media) == []


@pytest.mark.django_db(transaction=True)
def test_save_without_a_picture_keeps_the_old_one(owner: User, jam: Jam, media: Path) -> None:
    send(owner, jam, background=upload(picture()))
    before = stored(media)
    send(owner, jam, name="Renamed")
    assert (stored(media), Jam.objects.get().background.name) == (before, before[0])
