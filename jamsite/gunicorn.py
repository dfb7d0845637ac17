"""What gunicorn is told besides its command line: `gunicorn -c python:jamsite.gunicorn jamsite.wsgi`."""

import os
from typing import Any

from prometheus_client import multiprocess


def child_exit(server: Any, worker: Any) -> None:
    """Take what a process had open, such as database connections, out of the sums of all."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)
