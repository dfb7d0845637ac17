"""The job queue: a worker claims a job and finishes it or fails; the jobs of a dead worker are released.

A job may run more than once: a worker may die after the work and before it records the result. So every job must be
idempotent.
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
RETRY_DELAY_FACTOR = 6  # after each failed attempt: 10 seconds, then a minute
DEAD_WORKER_RETENTION = timedelta(days=1)  # since a dead worker's last heartbeat
SUCCEEDED_RETENTION = timedelta(days=7)  # how long a finished job is kept
FAILED_RETENTION = timedelta(days=60)


def record_heartbeat(worker: str) -> None:
    """Record that `worker` is alive, by the database's clock."""
    if not Worker.objects.filter(name=worker).update(seen_at=Now()):
        Worker.objects.bulk_create([Worker(name=worker, seen_at=Now())], ignore_conflicts=True)


def remove_worker(worker: str) -> None:
    """Delete a worker that has ended and holds no job."""
    Worker.objects.filter(name=worker).delete()


def list_pending_arguments(task: "Task[..., Any]") -> list[list[Any]]:
    """Return the arguments of the jobs of `task` that wait, run or have failed, so that none is enqueued twice."""
    jobs = Job.objects.filter(task_path=task.module_path).exclude(status=TaskResultStatus.SUCCESSFUL)
    return [arguments["args"] for arguments in jobs.values_list("args_kwargs", flat=True)]


def claim_next_job(worker: str, *, now: datetime) -> Job | None:
    """Claim the most urgent job that is due for `worker` and return it; None if there is none.

    This takes no lock. If two workers choose the same job, the conditional update of its row decides.
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
    """Mark a job as succeeded; return False if the job was taken from this worker (see `_end_attempt`)."""
    done = {"finished_at": now, "return_value": normalize_json(value), "exception_class_path": "", "traceback": ""}
    return _end_attempt(job, status=TaskResultStatus.SUCCESSFUL, **done)


def mark_failed(job: Job, error: BaseException, *, now: datetime) -> bool:
    """Record a failed attempt: the job is retried after a growing delay, and fails after MAX_ATTEMPTS.

    Return False if the job was taken from this worker (see `_end_attempt`).
    """
    return _retry_or_fail(job, error, now=now, delay=FIRST_RETRY_DELAY * RETRY_DELAY_FACTOR ** (job.attempts - 1))


def _retry_or_fail(job: Job, error: BaseException, *, now: datetime, delay: timedelta) -> bool:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    failure = {"exception_class_path": name, "traceback": "".join(traceback.format_exception(error))}
    if job.attempts >= MAX_ATTEMPTS:
        return _end_attempt(job, status=TaskResultStatus.FAILED, finished_at=now, **failure)
    return _end_attempt(job, status=TaskResultStatus.READY, run_after=now + delay, **failure)


def _end_attempt(job: Job, **values: Any) -> bool:
    """Save the result of an attempt; return False if the job was taken from this worker in the meantime."""
    held = Job.objects.filter(pk=job.pk, status=TaskResultStatus.RUNNING, started_at=job.started_at)
    for name, value in values.items():
        setattr(job, name, value)
    return bool(held.update(**values))


class RetryLaterError(Exception):
    """Raised by a job for an expected failure, such as a site that does not respond. No traceback is logged."""


class WorkerDiedError(Exception):
    """Recorded at a job whose worker stopped sending heartbeats."""


def release_jobs_of_dead_workers(*, now: datetime) -> int:
    """Release the jobs of dead workers, to be retried at once; return how many.

    The lost attempt counts, because the job may be what killed the worker. Jobs are read before workers: a worker
    records its first heartbeat before it claims a job.
    """
    running = list(Job.objects.running())
    alive = set(Worker.objects.alive().values_list("name", flat=True))
    lost = [job for job in running if job.worker_ids[-1] not in alive]
    released = sum(
        _retry_or_fail(job, WorkerDiedError(job.worker_ids[-1]), now=now, delay=timedelta(0)) for job in lost
    )
    if released:
        logger.warning("Requeued %d jobs of dead workers.", released)
    Worker.objects.filter(seen_at__lt=Now() - DEAD_WORKER_RETENTION).delete()
    return released


def retry_job(job: Job, *, now: datetime) -> bool:
    """Put a failed job back into the queue, with all its attempts; return False if it has not failed."""
    failed = Job.objects.filter(pk=job.pk, status=TaskResultStatus.FAILED)
    return bool(failed.update(status=TaskResultStatus.READY, run_after=now, worker_ids=[], finished_at=None))


def dismiss_job(job: Job) -> bool:
    """Delete a failed job that nobody can mend; return False if it has not failed.

    What enqueues it, now and then, may do so again while its cause is there.
    """
    return bool(Job.objects.filter(pk=job.pk, status=TaskResultStatus.FAILED).delete()[0])


def delete_old_jobs(*, now: datetime) -> int:
    """Delete jobs that ended longer ago than their retention; return how many."""
    old = Job.objects.filter(status=TaskResultStatus.SUCCESSFUL, finished_at__lt=now - SUCCEEDED_RETENTION)
    failed = Job.objects.filter(status=TaskResultStatus.FAILED, finished_at__lt=now - FAILED_RETENTION)
    return old.delete()[0] + failed.delete()[0]
