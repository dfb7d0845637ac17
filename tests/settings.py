"""The settings of the tests' own process, with its data in a folder that is removed afterwards."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="jamsite-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

from tests.patient_settings import *  # noqa: E402, F403
from tests.patient_settings import CACHES, DATA_DIR, DATABASES, LOGGING, RATE_LIMIT_STORE, STORAGES  # noqa: E402

# A file, because several threads and server processes share it with the tests.
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["TEST"] = {"NAME": Path(DATA_DIR) / "test.sqlite3"}
# On Valkey as in local memory, nothing that a server process writes at any moment appears in this process's cache.
CACHES["default"]["KEY_PREFIX"] = "tests"
if RATE_LIMIT_STORE:
    RATE_LIMIT_STORE["key_prefix"] = "tests.limit"
# A page's cache period begins at a moment of its own; none begins in the middle of a test.
LIST_CACHE_SECONDS = PAGE_CACHE_SECONDS = BOARD_CACHE_SECONDS = 10**9
# Pages rendered in the tests' own process need no collected files; the server processes run on collected ones.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # slow ones are slow on purpose
LOGGING["root"]["handlers"] = ["console"]  # the tests of recent errors store them themselves
