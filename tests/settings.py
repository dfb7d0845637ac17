"""Jamsite's own settings, with this run's data in a folder of its own that is gone afterwards."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="jamsite-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from jamsite.settings import *  # noqa: E402, F403
from jamsite.settings import DATA_DIR, DATABASES, LOGGING, STORAGES  # noqa: E402

# A file, because several threads and server processes share it with the tests.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": Path(DATA_DIR) / "test.sqlite3"}
# Pages rendered in the tests' own process need no collected files; the server processes run on collected ones.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # slow ones are slow on purpose
LOGGING["root"]["handlers"] = ["console"]  # the tests of recent errors store them themselves
