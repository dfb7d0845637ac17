"""Configuration for gunicorn: its processes share one port, so their metrics are combined."""

import math
import os
import shutil
import tempfile
from typing import Any

from django.conf import settings

from manage import load_settings_or_exit, warn_of_unreachable_redis

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # must be set before a process imports prometheus_client

IS_TEMPORARY = VARIABLE not in os.environ
if IS_TEMPORARY:
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix="jamsite-metrics-")

load_settings_or_exit()  # here, once: each worker would repeat the error with a traceback
warn_of_unreachable_redis()
worker_class = "operations.server.pages_worker.PagesWorker"
graceful_timeout = math.ceil(settings.DRAIN_SECONDS) + 30  # then the master kills a worker
control_socket_disable = True  # nothing uses it, and it would be in the folder of the code
forwarder_headers = ""  # no visitor may say where the site is: SCRIPT_NAME would go in front of every link


def on_exit(server: Any) -> None:
    """Delete the temporary folder of the metrics."""
    if IS_TEMPORARY:
        shutil.rmtree(os.environ[VARIABLE], ignore_errors=True)


def child_exit(server: Any, worker: Any) -> None:
    """Remove the gauges of a dead process, such as its open database connections, from the totals."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # prometheus_client has no types here
