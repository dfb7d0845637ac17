"""Which Jamsite this is: what was made by another one is not served by this one."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
from django.conf import settings

MADE_OF = ("jamsite", "jams", "songs", "venues", "votes", "search", "templates", "static", "locale")


@cache
def fingerprint() -> str:
    """Return a hash over all code, templates and static files: the same on every machine that has the same ones."""
    digest = hashlib.sha256(django.get_version().encode())
    for path in _files(settings.BASE_DIR):
        digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _files(folder: Path) -> Iterator[Path]:
    for name in MADE_OF:
        yield from sorted(
            path for path in (folder / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts
        )
