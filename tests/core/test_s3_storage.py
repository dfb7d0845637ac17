"""Pictures in a bucket, on a server that speaks S3."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import httpx
import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from moto.server import ThreadedMotoServer
from PIL import Image
from pytest_django import Settings

from core.exceptions import ActionError
from core.network import find_free_port
from jams.models import Jam
from tests.builders import make_jam
from tests.hosts import browser_of, make_host
from tests.jams.test_admin import address, jam_form
from tests.jams.test_pictures import picture, upload
from tests.servers import PATIENCE

EVERYBODY_MAY_LOOK = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::pictures/jams/*"}
    ],
}
NAME = f"jams/{'0' * 32}.webp"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of a server with an empty bucket called "pictures"."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def use(settings: Settings) -> Callable[..., None]:
    """Keep pictures in a bucket from now on; `public` is where browsers find them, if not with us."""

    def use(endpoint: str, public: str = "/media/") -> None:
        keys = {"access_key": "test", "secret_key": "test"}
        options = {"bucket_name": "pictures", "endpoint_url": endpoint, "region_name": "us-east-1", **keys}
        stored = {"BACKEND": "core.s3_storage.S3PictureStorage", "OPTIONS": options}
        settings.MEDIA_URL = public
        settings.STORAGES = {**settings.STORAGES, "default": stored}

    return use


@pytest.fixture
def bucket(endpoint: str, use: Callable[..., None]) -> Iterator[Any]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    bucket = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1", **keys).Bucket("pictures")
    bucket.create()
    use(endpoint)
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def keys(bucket: Any) -> list[str]:
    return [found.key for found in bucket.objects.all()]


def send(jam: Jam, host: User, **changes: object) -> int:
    return browser_of(host).post(address("jam", "change", jam.pk), jam_form(jam, **changes)).status_code


@pytest.mark.django_db(transaction=True)
def test_a_picture_goes_into_a_private_bucket_and_is_served_by_us(bucket: Any, endpoint: str, client: Client) -> None:
    host = make_host()
    jam = make_jam(hosts=(host,))
    assert send(jam, host, background=upload(picture("JPEG", size=(4000, 1000)))) == 302
    jam.refresh_from_db(fields=["background"])
    assert f'src="/media/{jam.background.name}"' in client.get(jam.get_absolute_url()).content.decode()
    answer: Any = client.get(f"/media/{jam.background.name}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    with jam.background.open() as stored:
        assert Image.open(stored).size == (1920, 480)
        stored.seek(0)
        assert b"".join(answer.streaming_content) == stored.read()
    assert httpx.get(f"{endpoint}/pictures/{jam.background.name}", timeout=PATIENCE).status_code == 403
    before = keys(bucket)
    assert send(jam, host, **{"background-clear": "on"}) == 302
    assert (before, keys(bucket)) == ([jam.background.name], [])


@pytest.mark.django_db
def test_browsers_get_a_public_picture_from_where_it_lies(
    bucket: Any, use: Callable[..., None], endpoint: str, client: Client
) -> None:
    use(endpoint, f"{endpoint}/pictures/")
    jam = make_jam(background=default_storage.save(NAME, ContentFile(b"RIFF")))
    assert f'src="{endpoint}/pictures/{NAME}"' in client.get(jam.get_absolute_url()).content.decode()
    bucket.Policy().put(Policy=json.dumps(EVERYBODY_MAY_LOOK))
    answer = httpx.get(jam.background.url, timeout=PATIENCE)
    assert (answer.content, answer.headers["Content-Type"]) == (b"RIFF", "image/webp")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_picture_that_is_not_in_the_bucket_is_not_found(bucket: Any, client: Client) -> None:
    assert (client.get(f"/media/{NAME}").status_code, default_storage.exists(NAME)) == (404, False)
    default_storage.delete(NAME)


@pytest.fixture
def cut_short() -> Iterator[str]:
    """The address of a server that hangs up in the middle of every picture."""

    class HangUp(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"RIFF")

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), HangUp) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_picture_is_read_with_one_request(bucket: Any, caplog: pytest.LogCaptureFixture) -> None:
    bucket.put_object(Key=NAME, Body=b"RIFF")
    caplog.set_level(logging.INFO, "werkzeug")
    caplog.clear()
    with default_storage.open(NAME) as file:
        assert (file.read(), file.size) == (b"RIFF", 4)
    assert [record.getMessage().split('"')[1] for record in caplog.records if record.name == "werkzeug"] == [
        f"GET /pictures/{NAME} HTTP/1.1"
    ]


def test_all_threads_share_a_client(bucket: Any) -> None:
    with ThreadPoolExecutor(1) as other:
        storage: Any = default_storage
        clients = other.submit(lambda: storage.connection).result(), storage.connection
    assert clients[0] is clients[1]


def test_a_picture_that_breaks_off_costs_a_clear_answer(
    cut_short: str, use: Callable[..., None], client: Client
) -> None:
    use(cut_short)
    assert client.get(f"/media/{NAME}").status_code == 503


@pytest.mark.django_db
def test_a_bucket_that_is_away_costs_a_clear_answer_and_is_left_alone(
    use: Callable[..., None], client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    use(f"http://127.0.0.1:{find_free_port()}")
    answer = client.get(f"/media/{NAME}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    with pytest.raises(ActionError, match="Pictures aren't available right now"):
        default_storage.save(NAME, ContentFile(b""))
    told = [record.message for record in caplog.records if record.name == "core.s3_storage"]
    assert told == ["The picture bucket is unavailable."], "it is left alone for a while"


def test_a_bucket_that_does_not_let_us_in_is_away(endpoint: str, use: Callable[..., None]) -> None:
    use(endpoint)
    with pytest.raises(ActionError):
        default_storage.save(NAME, ContentFile(b""))
