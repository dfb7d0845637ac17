"""The worker: runs one job after the other, while a second thread sends heartbeats. It shuts down gracefully."""

import logging
import os
import queue
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.tasks import TaskContext, TaskResultStatus
from django.tasks.signals import task_finished, task_started
from django.utils import timezone

from jobs import periodic
from jobs.models import Job
from jobs.queue import (
    RetryLaterError,
    claim_next_job,
    mark_failed,
    mark_succeeded,
    record_heartbeat,
    release_jobs_of_dead_workers,
    remove_worker,
)

logger = logging.getLogger(__name__)

DATABASE_ERRORS = (DatabaseError, InterfaceError)
RETRY_SECONDS = 1.0  # between two attempts to reach a database that is down
LOG_INTERVAL_SECONDS = 60.0  # an outage is logged this often at most
STUCK_EXIT_CODE = 70  # a job ran for too long


class Worker:
    """One worker process. After `stop`, `run` finishes the current job and returns."""

    def __init__(self, *, is_orphan: Callable[[], bool] = lambda: False) -> None:
        self.name = _make_worker_name()
        self.is_orphan = is_orphan
        self.stopping = False
        self.wake_up: queue.SimpleQueue[None] = queue.SimpleQueue()  # may be used in a signal handler
        self.ended = threading.Event()
        self.busy_since: float | None = None
        self.heartbeat_at = 0.0
        self.logged_at = -LOG_INTERVAL_SECONDS

    def stop(self, *_: object) -> None:
        """Finish the current job and end. May be called from a signal handler and from any thread."""
        self.stopping = True
        self.wake_up.put(None)

    def run(self) -> None:
        heart = threading.Thread(target=self._run_heartbeat, name="heart")
        heart.start()
        try:
            while not self.stopping:
                self._run_jobs()
        finally:
            self.ended.set()
            heart.join()
        with suppress(*DATABASE_ERRORS):
            remove_worker(self.name)
        connections.close_all()

    def _run_jobs(self) -> None:
        """Run jobs until stopped, or until the database is down; then continue under a new name.

        A job that the old name still holds is released like a dead worker's.
        """
        try:
            while not self.stopping:
                if not self.run_next_job():
                    self._sleep(settings.WORKER_POLL_SECONDS)
        except DATABASE_ERRORS as error:
            self._log_seldom("The database is unavailable; the worker is waiting: %s", error)
            self.name = _make_worker_name()
            self._sleep(RETRY_SECONDS)

    def run_next_job(self) -> bool:
        """Run the most urgent job; return False if there is none."""
        close_old_connections()
        if time.monotonic() - self.heartbeat_at > settings.WORKER_BEAT_SECONDS:  # or else its job may be released
            self._send_heartbeat()
        job = claim_next_job(self.name, now=timezone.now())
        if job:
            self.busy_since = time.monotonic()
            try:
                run_job(job)
            finally:
                self.busy_since = None
        return job is not None

    def _sleep(self, seconds: float) -> None:
        with suppress(queue.Empty):
            self.wake_up.get(timeout=seconds)

    def _send_heartbeat(self) -> None:
        record_heartbeat(self.name)
        self.heartbeat_at = time.monotonic()

    def _run_heartbeat(self) -> None:
        """Send heartbeats, release the jobs of dead workers and enqueue periodic jobs, until the worker ends."""
        while not self.ended.is_set():
            self._end_if_stuck()
            self._touch_beat_file()
            if self.is_orphan():
                self.stop()
            try:
                close_old_connections()
                self._send_heartbeat()
                release_jobs_of_dead_workers(now=timezone.now())
                periodic.enqueue_due_jobs(now=timezone.now())
            except DATABASE_ERRORS as error:
                self._log_seldom("The database is unavailable; the worker is waiting: %s", error)
            self.ended.wait(settings.WORKER_BEAT_SECONDS)
        connections.close_all()

    def _touch_beat_file(self) -> None:
        """Tell a probe that this worker lives; a worker that cannot tell it still needs its heartbeat."""
        try:
            if settings.WORKER_BEAT_PATH:
                Path(settings.WORKER_BEAT_PATH).touch()
        except OSError as error:
            self._log_seldom("The file of WORKER_BEAT_PATH cannot be touched: %s", error)

    def _end_if_stuck(self) -> None:
        """Exit if the current job takes too long: a thread cannot be stopped. The supervisor starts a new worker."""
        since = self.busy_since
        if since and time.monotonic() - since > settings.WORKER_JOB_SECONDS:
            logger.error("A job has been running for more than %s s; this worker exits.", settings.WORKER_JOB_SECONDS)
            os._exit(STUCK_EXIT_CODE)

    def _log_seldom(self, message: str, error: Exception) -> None:
        if time.monotonic() - self.logged_at >= LOG_INTERVAL_SECONDS:
            self.logged_at = time.monotonic()
            logger.warning(message, error)


def run_job(job: Job) -> None:
    """Run `job` and record the result. Raises only database errors."""
    began = time.monotonic()
    try:
        task_started.send(sender=type(job.task.get_backend()), task_result=job.task_result)
        mark_succeeded(job, _call_task(job), now=timezone.now())
    except Exception as error:  # noqa: BLE001  (whatever a job raises is recorded with it)
        mark_failed(job, error, now=timezone.now())
        log_failure(job, error)
    else:
        logger.info("%s took %.3f s.", job.task_path, time.monotonic() - began)
        task_finished.send(sender=type(job.task.get_backend()), task_result=job.task_result)


def log_failure(job: Job, error: Exception) -> None:
    """Log a failed job as an error, a retry as a warning, and a retry after an expected failure as information."""
    if job.status == TaskResultStatus.FAILED:
        logger.error("%s failed on attempt %d; giving up.", job.task_path, job.attempts, exc_info=error)
    elif isinstance(error, RetryLaterError):
        logger.info("%s will be retried: %s", job.task_path, error)
    else:
        logger.warning("%s failed on attempt %d; will retry.", job.task_path, job.attempts, exc_info=error)


def _call_task(job: Job) -> object:
    arguments, named = job.args_kwargs["args"], job.args_kwargs["kwargs"]
    if job.task.takes_context:
        return job.task.call(TaskContext(task_result=job.task_result), *arguments, **named)
    return job.task.call(*arguments, **named)


def _make_worker_name() -> str:
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
