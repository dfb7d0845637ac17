"""Uploaded pictures in a bucket: S3, or a server with the same API. Loaded only when MEDIA_BUCKET names one.

django-storages does the work. This adds what a page needs: short timeouts, a circuit breaker, one client for all
threads (each request has its own thread, and creating a client takes 0.2 s), and a single request to read a picture.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.encoding import filepath_to_uri
from django.utils.translation import gettext as _
from storages.backends.s3 import S3Storage

from core.exceptions import ActionError, Unavailable
from core.http.cache_control import IMMUTABLE

logger = logging.getLogger(__name__)

NOT_FOUND_CODES = ("404", "NoSuchKey")
OBJECT_PARAMETERS = {"ContentType": "image/webp", "CacheControl": IMMUTABLE}
COOLDOWN_SECONDS = 5
# A visitor waits for the upload, so the timeouts are short. Not every S3-compatible server supports checksums.
CLIENT_CONFIG = {
    "connect_timeout": 2,
    "read_timeout": 4,
    "retries": {"mode": "standard", "total_max_attempts": 2},
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


class S3PictureStorage(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Pictures under random names, which are never reused, so that saving needs no check whether a name is free.

    Opening, saving, deleting and `exists` raise Unavailable while the bucket is down or denies access.
    """

    def __init__(self, *, endpoint_url: str | None, **options: Any) -> None:
        # Only AWS serves a bucket under its own host name.
        style = {"addressing_style": "path" if endpoint_url else "auto"}
        super().__init__(
            endpoint_url=endpoint_url,
            object_parameters=OBJECT_PARAMETERS,
            client_config=Config(s3=style, **CLIENT_CONFIG),
            transfer_config=TransferConfig(use_threads=False),
            **options,
        )
        self.open_until = 0.0

    @cached_property
    def connection(self) -> Any:
        """One connection for all threads. Only its client is used, which is thread-safe."""
        return super().connection

    @contextmanager
    def circuit_breaker(self) -> Iterator[None]:
        """Turn errors of boto3 into Unavailable; after one, raise it at once for COOLDOWN_SECONDS."""
        if time.monotonic() < self.open_until:
            raise make_unavailable_error()
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in NOT_FOUND_CODES:
                raise FileNotFoundError(str(error)) from None
            self.open_until = time.monotonic() + COOLDOWN_SECONDS
            logger.exception("The picture bucket is unavailable.")
            raise make_unavailable_error() from error

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """Read the whole picture at once with one request; django-storages sends three and reads later."""
        with self.circuit_breaker():
            found = self.connection.meta.client.get_object(Bucket=self.bucket_name, Key=name)
            return ContentFile(found["Body"].read(), name)

    def _save(self, name: str, content: File[bytes]) -> str:
        with self.circuit_breaker():
            saved: str = super()._save(name, content)
        return saved

    def delete(self, name: str) -> None:
        with self.circuit_breaker():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with self.circuit_breaker():
            found: bool = super().exists(name)
        return found

    def url(self, name: str | None, *args: Any, **kwargs: Any) -> str:
        """Return the URL of a picture: below MEDIA_PUBLIC_URL if set, else on this site (the bucket stays private)."""
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name))


def make_unavailable_error() -> ActionError:
    """Return the error for a bucket that is down."""
    sentence = _("Pictures aren't available right now. Please try again in a moment.")
    return Unavailable(sentence, retry_after=COOLDOWN_SECONDS)
