"""Static files for production, collected only after a change."""

import fcntl
import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def hash_static_files() -> str:
    """Return a hash over the name, size and modification time of every static file."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            modified = storage.get_modified_time(path).timestamp()
            digest.update(f"{path} {storage.size(path)} {modified}\n".encode())
    return digest.hexdigest()


def collect_static_files_if_changed() -> None:
    """Run collectstatic unless no file has changed since the last run.

    Of several processes that start at once one collects, and the others wait for it.
    """
    stamp = settings.DATA_DIR / "static.stamp"
    current = hash_static_files()
    with stamp.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (settings.STATIC_ROOT.is_dir() and stamp.read_text() == current):
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            stamp.write_text(current)
