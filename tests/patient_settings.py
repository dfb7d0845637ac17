"""Jamsite's own settings with timeouts that no busy machine reaches: for the tests, and for the servers they start.

In production a slow database or cache is given up within seconds, so that a page still comes. In a test that would
turn a slow machine into a failure. What these timeouts do is tested where a test makes something slow on purpose.
"""

import os

os.environ.setdefault("COOKIE_LABEL", "")  # the tests know cookies by their plain names, and so do servers they start

from core import postgres
from jamsite.settings import *  # noqa: F403
from jamsite.settings import CACHES, CHANNEL_LAYERS, DATABASES, RATE_LIMIT_STORE, REDIS_URL

PATIENCE = 300  # seconds

postgres.TimeoutConnection.response_timeout = PATIENCE + 1  # as in production, the server gives up first
postgres.CHECK_TIMEOUT_SECONDS = PATIENCE
_options = DATABASES["default"]["OPTIONS"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    _options["pool"]["timeout"] = _options["connect_timeout"] = PATIENCE
    _limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    _options["options"] += "".join(f" -c {name}={PATIENCE}s" for name in _limits)
else:
    _options["timeout"] = PATIENCE
    _options["init_command"] += "PRAGMA synchronous=OFF;"  # no test pulls this machine's plug
if REDIS_URL:
    _timeouts = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
    RATE_LIMIT_STORE.update(_timeouts)
    CACHES["default"]["OPTIONS"]["CONNECTION_POOL_KWARGS"] = _timeouts
    CHANNEL_LAYERS["default"]["CONFIG"]["hosts"] = [{"address": REDIS_URL, **_timeouts}]
