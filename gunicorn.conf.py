"""For `gunicorn --config gunicorn.conf.py`: its processes share a port, so they are counted together."""

import os
import shutil
import tempfile
from typing import Any

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # has to be there before a process imports prometheus_client

MADE_HERE = FOLDER not in os.environ
if MADE_HERE:
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="jamsite-metrics-")


def on_exit(server: Any) -> None:
    if MADE_HERE:
        shutil.rmtree(os.environ[FOLDER], ignore_errors=True)


def child_exit(server: Any, worker: Any) -> None:
    """Take what a process had open, such as database connections, out of the sums of all."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)
