"""Static files for production, collected only when they changed."""

import fcntl
import hashlib

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def hash_static_files() -> str:
    """Return a hash over the name, size and time of every static file."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            changed = storage.get_modified_time(path).timestamp()
            digest.update(f"{path} {storage.size(path)} {changed}\n".encode())
    return digest.hexdigest()


def collect_static_files_if_changed() -> None:
    """Run collectstatic, unless the last run met the very same files; of several processes one does it for all."""
    stamp = settings.DATA_DIR / "static.stamp"
    found = hash_static_files()
    with stamp.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (settings.STATIC_ROOT.is_dir() and stamp.read_text() == found):
            call_command("collectstatic", interactive=False, clear=True, verbosity=0)
            stamp.write_text(found)
