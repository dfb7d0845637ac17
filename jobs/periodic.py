"""Periodic jobs: the first worker that sees that one is due enqueues it, and no other does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.tasks import Task

from jobs.models import Job, Period

type AnyTask = "Task[..., Any]"  # not generic at runtime

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PeriodicTask:
    """A task and the interval at which it runs."""

    task: AnyTask
    interval: timedelta

    def due_at(self, now: datetime) -> datetime:
        """Return the latest time at which it was due, in UTC: midnight for a day, the full hour for an hour."""
        return now - (now - EPOCH) % self.interval


registry: dict[str, PeriodicTask] = {}


def every(interval: timedelta) -> Callable[[AnyTask], AnyTask]:
    """Decorate a task, above `@task`: one worker runs it every `interval`."""

    def register(task: AnyTask) -> AnyTask:
        registry[task.module_path] = PeriodicTask(task, interval)
        return task

    return register


def enqueue_due_jobs(*, now: datetime) -> int:
    """Enqueue the periodic jobs that have become due; return how many."""
    known = dict(Period.objects.values_list("task_path", "due_at"))
    new = [Period(task_path=path, due_at=EPOCH) for path in registry.keys() - known.keys()]
    Period.objects.bulk_create(new, ignore_conflicts=True)
    due = [job for path, job in registry.items() if known.get(path) != job.due_at(now)]
    return sum(_enqueue_once(job, job.due_at(now)) for job in due)


@transaction.atomic
def _enqueue_once(job: PeriodicTask, due_at: datetime) -> bool:
    """Enqueue `job` unless another worker has, or its last run is not finished; return whether it was enqueued.

    A `due_at` in the far future was written by a clock that was wrong, and is ignored.
    """
    path = job.task.module_path
    unclaimed = Q(due_at__lt=due_at) | Q(due_at__gt=due_at + job.interval)
    if not Period.objects.filter(unclaimed, task_path=path).update(due_at=due_at):
        return False
    if Job.objects.unfinished().filter(task_path=path).exists():
        return False
    job.task.enqueue()
    return True
