from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from core.pictures import convert_to_webp
from tests.builders import make_jam

pytestmark = pytest.mark.django_db


def uploaded() -> SimpleUploadedFile:
    file = BytesIO()
    Image.new("RGB", (8, 8), "purple").save(file, "PNG")
    return SimpleUploadedFile("stage.png", file.getvalue())


def test_background_picture_is_served_as_immutable(client: Client) -> None:
    jam = make_jam(background=convert_to_webp(uploaded()))
    response: Any = client.get(jam.background.url)
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert b"".join(response.streaming_content)[8:12] == b"WEBP"
    assert jam.background.url in client.get(jam.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "name", ["0" * 32 + ".webp", "../../secret_key", "..%2f..%2fsecret_key", "a.html", "0" * 32 + ".svg", ""]
)
def test_other_files_are_not_served(client: Client, name: str) -> None:
    assert client.get(f"/media/jams/{name}").status_code == 404
