"""The worker: takes jobs one after the other; a thread beside it keeps it known as alive, whatever they do."""

import logging
import os
import queue
import secrets
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.tasks import TaskContext, TaskResultStatus
from django.tasks.signals import task_finished, task_started
from django.utils import timezone

from jobs import periodic
from jobs.models import Job
from jobs.queue import (
    TryLaterError,
    claim_next_job,
    mark_failed,
    mark_succeeded,
    note_heartbeat,
    release_jobs_of_dead_workers,
    remove_worker,
)

logger = logging.getLogger(__name__)

AWAY = (DatabaseError, InterfaceError)
REST_SECONDS = 1.0  # until a database that is away is asked again
QUIET_SECONDS = 60.0  # how often at most its absence is logged
STUCK = 70  # exit code of a worker that ended itself because its job never did


class Worker:
    """One worker process. `run` ends when `stop` was called, after the job in hand."""

    def __init__(self, *, is_orphan: Callable[[], bool] = lambda: False) -> None:
        self.name = _new_name()
        self.is_orphan = is_orphan
        self.stopping = False
        self.bell: queue.SimpleQueue[None] = queue.SimpleQueue()  # a signal handler may ring it at any moment
        self.ended = threading.Event()
        self.busy_since: float | None = None
        self.beaten_at = 0.0
        self.logged_at = -QUIET_SECONDS

    def stop(self, *_: object) -> None:
        """End after the job in hand. May be called from a signal handler and from any thread."""
        self.stopping = True
        self.bell.put(None)

    def run(self) -> None:
        heart = threading.Thread(target=self._beat_until_ended, name="heart")
        heart.start()
        try:
            while not self.stopping:
                self._work_while_possible()
        finally:
            self.ended.set()
            heart.join()
        with suppress(*AWAY):
            remove_worker(self.name)
        connections.close_all()

    def _work_while_possible(self) -> None:
        """Work until stopped, or until the database is away; then begin anew under another name.

        Whatever the old name still held is reaped like a dead worker's.
        """
        try:
            while not self.stopping:
                if not self.work_once():
                    self._rest(settings.WORKER_POLL_SECONDS)
        except AWAY as error:
            self._complain(error)
            self.name = _new_name()
            self._rest(REST_SECONDS)

    def work_once(self) -> bool:
        """Do the most urgent job; return whether there was one."""
        close_old_connections()
        if time.monotonic() - self.beaten_at > settings.WORKER_BEAT_SECONDS:  # lest a job is taken by a dead name
            self._beat()
        job = claim_next_job(self.name, now=timezone.now())
        if job:
            self.busy_since = time.monotonic()
            try:
                run_job(job)
            finally:
                self.busy_since = None
        return job is not None

    def _rest(self, seconds: float) -> None:
        with suppress(queue.Empty):
            self.bell.get(timeout=seconds)

    def _beat(self) -> None:
        note_heartbeat(self.name)
        self.beaten_at = time.monotonic()

    def _beat_until_ended(self) -> None:
        """Be known as alive, and look after what belongs to no job: the dead, and what is due."""
        while not self.ended.is_set():
            self._end_if_stuck()
            if self.is_orphan():
                self.stop()
            try:
                close_old_connections()
                self._beat()
                release_jobs_of_dead_workers(now=timezone.now())
                periodic.enqueue_due_jobs(now=timezone.now())
            except AWAY as error:
                self._complain(error)
            self.ended.wait(settings.WORKER_BEAT_SECONDS)
        connections.close_all()

    def _end_if_stuck(self) -> None:
        """A job that never ends cannot be stopped from within: end the process, and be started again."""
        since = self.busy_since
        if since and time.monotonic() - since > settings.WORKER_JOB_SECONDS:
            logger.error("A job has been running for more than %s s; this worker exits.", settings.WORKER_JOB_SECONDS)
            os._exit(STUCK)

    def _complain(self, error: Exception) -> None:
        if time.monotonic() - self.logged_at >= QUIET_SECONDS:
            self.logged_at = time.monotonic()
            logger.warning("The database is unavailable; the worker is waiting: %s", error)


def run_job(job: Job) -> None:
    """Run `job` and note how it went. Only a database that is away is raised."""
    began = time.monotonic()
    try:
        task_started.send(sender=type(job.task.get_backend()), task_result=job.task_result)
        mark_succeeded(job, _call(job), now=timezone.now())
    except Exception as error:  # noqa: BLE001  whatever a job raises is noted with it
        mark_failed(job, error, now=timezone.now())
        tell_of_failure(job, error)
    else:
        logger.info("%s took %.3f s.", job.task_path, time.monotonic() - began)
        task_finished.send(sender=type(job.task.get_backend()), task_result=job.task_result)


def tell_of_failure(job: Job, error: Exception) -> None:
    """Log a job that was given up as an error, one that is tried again as a warning unless that was to be expected."""
    if job.status == TaskResultStatus.FAILED:
        logger.error("%s failed on attempt %d; giving up.", job.task_path, job.attempts, exc_info=error)
    elif isinstance(error, TryLaterError):
        logger.info("%s will be retried: %s", job.task_path, error)
    else:
        logger.warning("%s failed on attempt %d; will retry.", job.task_path, job.attempts, exc_info=error)


def _call(job: Job) -> object:
    arguments, named = job.args_kwargs["args"], job.args_kwargs["kwargs"]
    if job.task.takes_context:
        return job.task.call(TaskContext(task_result=job.task_result), *arguments, **named)
    return job.task.call(*arguments, **named)


def _new_name() -> str:
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
