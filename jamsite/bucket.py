"""Uploaded pictures in a bucket: S3, or whatever speaks its language. Loaded only when MEDIA_BUCKET names one."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BytesIO
from typing import Any
from urllib.parse import urljoin

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.encoding import filepath_to_uri
from django.utils.translation import gettext as _

from jamsite.media import A_YEAR
from jamsite.refusal import Refused

logger = logging.getLogger(__name__)

ABSENT = ("404", "NoSuchKey")
OBJECT = {"ContentType": "image/webp", "CacheControl": f"public, max-age={A_YEAR}, immutable"}
REST_SECONDS = 5
# A page waits for an upload, so a bucket that hangs is given up soon. Checksums are for those that know them: not all
# that speak S3 do, and none but AWS answers to a bucket's name in front of its own.
CLIENT = {
    "connect_timeout": 2,
    "read_timeout": 4,
    "retries": {"mode": "standard", "total_max_attempts": 2},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


class Bucket(Storage):
    """Names are random and never used twice, so nothing is looked for before it is written.

    Every method raises Refused with 503 while the bucket is away or does not let us in.
    """

    def __init__(self, *, name: str, endpoint: str, region: str, access_key: str, secret_key: str) -> None:
        self.name = name
        self.endpoint, self.region = endpoint or None, region
        self.rests_until = 0.0
        self.keys = {"aws_access_key_id": access_key or None, "aws_secret_access_key": secret_key or None}

    @cached_property
    def client(self) -> Any:
        """boto3's client, which all threads may share; without keys of ours it looks for those of the machine."""
        style = {"addressing_style": "path" if self.endpoint else "auto"}
        config = Config(s3=style, **CLIENT)
        session = boto3.session.Session(region_name=self.region, **self.keys)
        return session.client("s3", endpoint_url=self.endpoint, config=config)

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Say in our own words what is wrong with the bucket; raises FileNotFoundError for what is not in it.

        One that failed is left alone for a while: pages have better things to do than to wait for it in turn.
        """
        if time.monotonic() < self.rests_until:
            raise away()
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in ABSENT:
                raise FileNotFoundError(str(error)) from None
            self.rests_until = time.monotonic() + REST_SECONDS
            logger.exception("The bucket of pictures is away.")
            raise away() from error

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _open(self, name: str, mode: str = "rb") -> File:
        with self.reached():
            found = self.client.get_object(Bucket=self.name, Key=name)
            return File(BytesIO(found["Body"].read()), name)

    def _save(self, name: str, content: File) -> str:
        with self.reached():
            self.client.put_object(Bucket=self.name, Key=name, Body=content.read(), **OBJECT)
        return name

    def delete(self, name: str) -> None:
        with self.reached():
            self.client.delete_object(Bucket=self.name, Key=name)

    def exists(self, name: str) -> bool:
        try:
            with self.reached():
                self.client.head_object(Bucket=self.name, Key=name)
        except FileNotFoundError:
            return False
        return True

    def url(self, name: str | None) -> str:
        """Return where browsers find `name`: at MEDIA_PUBLIC_URL, else with us, and the bucket stays private."""
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name))


def away() -> Refused:
    sentence = _("We cannot reach our pictures for the moment. Please try again.")
    return Refused(sentence, status=503, retry_after=REST_SECONDS)
