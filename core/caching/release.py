"""Which Jamsite this is: what was made by another one is not served by this one."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings

FOLDERS = ("templates", "static", "locale")


@cache
def fingerprint() -> str:
    """Return a hash over all code, templates and static files: the same on every machine that has the same ones."""
    digest = hashlib.sha256(django.get_version().encode())
    for path in _files(settings.BASE_DIR):
        digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(folder: Path) -> Iterator[Path]:
    packages = {Path(app.path).name for app in apps.get_app_configs() if Path(app.path).parent == folder}
    for name in sorted({"core", *packages, *FOLDERS}):
        yield from sorted(
            path for path in (folder / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )
