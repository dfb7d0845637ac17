"""System checks for common mistakes in a deployment."""

import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection
from django.http.request import validate_host

from core.environment import find_misspelt

SPARE_CONNECTIONS = 10  # for the worker, commands, backups and administrators


@register(Tags.security)
def check_debug(**kwargs: Any) -> list[CheckMessage]:
    if not (settings.DEBUG and settings.HTTPS):
        return []
    message = "DEBUG is on for a public site: every visitor can see settings and queries."
    return [Error(message, hint="Remove DEBUG from the environment.", id="jamsite.E001")]


@register(Tags.urls)
def check_base_url(**kwargs: Any) -> list[CheckMessage]:
    if not settings.BASE_URL:
        return _check_missing_base_url()
    parts = urlsplit(settings.BASE_URL)
    return _check_host(str(parts.hostname)) + _check_scheme(parts.scheme)


def _check_missing_base_url() -> list[CheckMessage]:
    if not settings.HTTPS:
        return []
    message = "BASE_URL is not set, so links and QR codes use whatever host name each request was sent to."
    return [
        checks.Warning(message, hint="Set BASE_URL, for example BASE_URL=https://jam.example.org.", id="jamsite.W001")
    ]


def _check_host(host: str) -> list[CheckMessage]:
    if validate_host(host, settings.ALLOWED_HOSTS):
        return []
    message = f"Links to BASE_URL don't work: {host} is not in ALLOWED_HOSTS."
    return [Error(message, hint=f"Add {host} to ALLOWED_HOSTS.", id="jamsite.E003")]


def _check_scheme(scheme: str) -> list[CheckMessage]:
    if (scheme == "https") == settings.HTTPS:
        return []
    message = f"BASE_URL starts with {scheme}:// but HTTPS is {'on' if settings.HTTPS else 'off'}."
    hint = "Make the two match. Behind a proxy that terminates HTTPS, set HTTPS=true and TRUSTED_PROXIES=1."
    return [checks.Warning(message, hint=hint, id="jamsite.W002")]


@register(Tags.files)
def check_data_folder(**kwargs: Any) -> list[CheckMessage]:
    if os.access(settings.DATA_DIR, os.W_OK | os.X_OK):
        return []
    message = f"DATA_DIR is not writable: {settings.DATA_DIR}"
    hint = "Make the user that runs Jamsite its owner: pictures and SQLite files are stored there."
    return [Error(message, hint=hint, id="jamsite.E004")]


@register(Tags.files)
def check_pictures(**kwargs: Any) -> list[CheckMessage]:
    complaints: list[CheckMessage] = []
    if settings.HTTPS and settings.MEDIA_PUBLIC_URL.startswith("http://"):
        message = "Browsers don't show http:// pictures on HTTPS pages."
        hint = "Set MEDIA_PUBLIC_URL to an https:// address."
        complaints.append(checks.Warning(message, hint=hint, id="jamsite.W006"))
    if not settings.MEDIA_BUCKET and (settings.MEDIA_ENDPOINT or settings.MEDIA_ACCESS_KEY):
        message = "Bucket settings are given without MEDIA_BUCKET, so pictures are stored in DATA_DIR."
        complaints.append(checks.Warning(message, hint="Set MEDIA_BUCKET to the bucket's name.", id="jamsite.W007"))
    return complaints


@register(Tags.database)
def check_pool(**kwargs: Any) -> list[CheckMessage]:
    if settings.DB_POOL_MIN <= settings.DB_POOL_MAX:
        return []
    message = (
        f"DB_POOL_MIN ({settings.DB_POOL_MIN}) is above DB_POOL_MAX ({settings.DB_POOL_MAX}), which takes precedence."
    )
    return [checks.Warning(message, hint="Lower DB_POOL_MIN.", id="jamsite.W003")]


@register(Tags.security, deploy=True)
def check_bind(**kwargs: Any) -> list[CheckMessage]:
    if not settings.TRUSTED_PROXIES or settings.BIND not in ("0.0.0.0", "::", ""):  # noqa: S104  (only compared)
        return []
    message = "Anyone who can reach this port without going through the proxy can spoof their IP address."
    hint = "Set BIND=127.0.0.1, or silence this check if only the proxy can reach the port."
    return [checks.Warning(message, hint=hint, id="jamsite.W004")]


@register(Tags.database)
def check_threads(**kwargs: Any) -> list[CheckMessage]:
    if connection.vendor != "postgresql" or settings.WEB_THREADS <= settings.DB_POOL_MAX:
        return []
    message = f"{settings.WEB_THREADS} threads share {settings.DB_POOL_MAX} database connections, so some will wait."
    hint = "Raise DB_POOL_MAX to WEB_THREADS, or lower gunicorn's --threads and WEB_THREADS."
    return [checks.Warning(message, hint=hint, id="jamsite.W005")]


@register(Tags.database)
def check_connections(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Compare with PostgreSQL's limit. Behind PgBouncer, its own limit counts, which cannot be read here."""
    if not databases or connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int")
        allowed = cursor.fetchone()[0]
    wanted = settings.WEB_PROCESSES * settings.DB_POOL_MAX + SPARE_CONNECTIONS
    if wanted <= allowed:
        return []
    message = f"{settings.WEB_PROCESSES} processes with {settings.DB_POOL_MAX} connections each plus "
    message += f"{SPARE_CONNECTIONS} spare need {wanted} connections; PostgreSQL allows {allowed}."
    return [Error(message, hint="Lower DB_POOL_MAX, or raise max_connections.", id="jamsite.E005")]


@register(Tags.urls)
def check_names(**kwargs: Any) -> list[CheckMessage]:
    """Nothing reads a misspelt name, so nothing else would tell."""
    return [
        checks.Warning(f"{name} is not a setting.", hint=f"Did you mean {meant}?", id="jamsite.W008")
        for name, meant in find_misspelt(os.environ, settings.SETTING_NAMES).items()
    ]
