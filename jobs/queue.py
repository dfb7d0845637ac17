"""The queue: one worker takes a job, finishes or fails it; what a dead worker held goes back.

A job may run more than once, when a worker dies after the work and before it could say so. So every job has to
be idempotent: doing it twice is the same as doing it once.
"""

import logging
import traceback
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now
from django.tasks import Task, TaskResultStatus
from django.utils.json import normalize_json

from jobs.models import Job, Worker

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
FIRST_RETRY_DELAY = timedelta(seconds=10)
RETRY_DELAY_FACTOR = 6  # times, with every failure: 10 seconds, then a minute
DEAD_WORKER_RETENTION = timedelta(days=1)  # since a dead worker was heard of
SUCCEEDED_RETENTION = timedelta(days=7)  # a job that went well
FAILED_RETENTION = timedelta(days=60)  # a job that was given up


def record_heartbeat(worker: str) -> None:
    """Say that `worker` is alive."""
    if not Worker.objects.filter(name=worker).update(seen_at=Now()):
        Worker.objects.bulk_create([Worker(name=worker, seen_at=Now())], ignore_conflicts=True)


def remove_worker(worker: str) -> None:
    """Say that `worker` has ended and holds nothing."""
    Worker.objects.filter(name=worker).delete()


def list_pending_arguments(task: Task) -> list[list[Any]]:
    """Return the arguments with which `task` waits, runs or was given up, so that nobody asks for the same again."""
    jobs = Job.objects.filter(task_path=task.module_path).exclude(status=TaskResultStatus.SUCCESSFUL)
    return [arguments["args"] for arguments in jobs.values_list("args_kwargs", flat=True)]


def claim_next_job(worker: str, *, now: datetime) -> Job | None:
    """Return the most urgent job that is due, now held by `worker`; None when there is none.

    Looking takes no lock. Where two workers see the same job the row decides.
    """
    while job := Job.objects.due(now).first():
        if _claim(job, worker, now):
            return job
    return None


def _claim(job: Job, worker: str, now: datetime) -> bool:
    waiting = Job.objects.filter(pk=job.pk, status=TaskResultStatus.READY, started_at=job.started_at)
    job.status, job.started_at, job.worker_ids = TaskResultStatus.RUNNING, now, [*job.worker_ids, worker]
    return bool(waiting.update(status=job.status, started_at=now, worker_ids=job.worker_ids))


def mark_succeeded(job: Job, value: Any, *, now: datetime) -> bool:
    """Note that an attempt went well; return whether it still was ours to note (see `_end`)."""
    done = {"finished_at": now, "return_value": normalize_json(value), "exception_class_path": "", "traceback": ""}
    return _end_attempt(job, status=TaskResultStatus.SUCCESSFUL, **done)


def mark_failed(job: Job, error: BaseException, *, now: datetime) -> bool:
    """Note that an attempt failed: the job waits, longer each time, and is given up after `ATTEMPTS`."""
    return _retry_or_fail(job, error, now=now, wait=FIRST_RETRY_DELAY * RETRY_DELAY_FACTOR ** (job.attempts - 1))


def _retry_or_fail(job: Job, error: BaseException, *, now: datetime, wait: timedelta) -> bool:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    trouble = {"exception_class_path": name, "traceback": "".join(traceback.format_exception(error))}
    if job.attempts >= MAX_ATTEMPTS:
        return _end_attempt(job, status=TaskResultStatus.FAILED, finished_at=now, **trouble)
    return _end_attempt(job, status=TaskResultStatus.READY, run_after=now + wait, **trouble)


def _end_attempt(job: Job, **values: Any) -> bool:
    """Write how an attempt ended, unless the job was taken from us meanwhile."""
    held = Job.objects.filter(pk=job.pk, status=TaskResultStatus.RUNNING, started_at=job.started_at)
    for name, value in values.items():
        setattr(job, name, value)
    return bool(held.update(**values))


class RetryLaterError(Exception):
    """Raised by a job that meets an expected trouble, such as a site that does not answer: no traceback is logged."""


class WorkerDiedError(Exception):
    """What is noted at a job whose worker was heard of no more."""


def release_jobs_of_dead_workers(*, now: datetime) -> int:
    """Take their jobs from dead workers, for others to do at once; return how many.

    It counts as an attempt, for the job may be what killed the worker. The jobs are read before the workers: a worker
    is known as alive before it takes its first job.
    """
    running = list(Job.objects.running())
    alive = set(Worker.objects.alive().values_list("name", flat=True))
    lost = [job for job in running if job.worker_ids[-1] not in alive]
    wait = timedelta(0)
    reaped = sum(_retry_or_fail(job, WorkerDiedError(job.worker_ids[-1]), now=now, wait=wait) for job in lost)
    if reaped:
        logger.warning("Requeued %d jobs of dead workers.", reaped)
    Worker.objects.filter(seen_at__lt=Now() - DEAD_WORKER_RETENTION).delete()
    return reaped


def retry_job(job: Job, *, now: datetime) -> bool:
    """Put a job that was given up back into the queue, with all its attempts; return whether it was given up."""
    dead = Job.objects.filter(pk=job.pk, status=TaskResultStatus.FAILED)
    return bool(dead.update(status=TaskResultStatus.READY, run_after=now, worker_ids=[], finished_at=None))


def delete_old_jobs(*, now: datetime) -> int:
    """Forget jobs that ended long ago; return how many."""
    old = Job.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - SUCCEEDED_RETENTION)
    given_up = Job.objects.filter(status=TaskResultStatus.FAILED, finished_at__lt=now - FAILED_RETENTION)
    return old.delete()[0] + given_up.delete()[0]
