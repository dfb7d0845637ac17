"""The fingerprint of the running release. Cache keys carry it: no release serves what another one cached."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings

FOLDERS = ("templates", "static", "locale")


@cache
def compute_fingerprint() -> str:
    """Return a hash of all code, templates, static files and translations: equal on machines with equal files."""
    digest = hashlib.sha256(django.get_version().encode())
    for path in _list_files(settings.BASE_DIR):
        digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _list_files(folder: Path) -> Iterator[Path]:
    packages = {Path(app.path).name for app in apps.get_app_configs() if Path(app.path).parent == folder}
    for name in sorted({"core", *packages, *FOLDERS}):
        yield from sorted(
            path for path in (folder / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )
