"""Jobs that come back: whichever worker sees first that one is due gives it out, and no other does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.tasks import Task

from jobs.models import Job, Period

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PeriodicTask:
    task: Task
    interval: timedelta

    def due_at(self, now: datetime) -> datetime:
        """The latest time at which it was due: midnights for a day, full hours for an hour, in UTC."""
        return now - (now - EPOCH) % self.interval


registry: dict[str, PeriodicTask] = {}


def every(interval: timedelta) -> Callable[[Task], Task]:
    """Put above `@task`: the task is given to one worker every `interval`."""

    def register(task: Task) -> Task:
        registry[task.module_path] = PeriodicTask(task, interval)
        return task

    return register


def enqueue_due_jobs(*, now: datetime) -> int:
    """Enqueue what has become due; return how much that was."""
    known = dict(Period.objects.values_list("task_path", "due_at"))
    new = [Period(task_path=path, due_at=EPOCH) for path in registry.keys() - known.keys()]
    Period.objects.bulk_create(new, ignore_conflicts=True)
    late = [job for path, job in registry.items() if known.get(path) != job.due_at(now)]
    return sum(_enqueue_once(job, job.due_at(now)) for job in late)


@transaction.atomic
def _enqueue_once(job: PeriodicTask, due_at: datetime) -> bool:
    """Enqueue `job` if nobody has, and if its last turn is over.

    A claim from the far future is the trace of a clock that went wrong, and does not count.
    """
    path = job.task.module_path
    unclaimed = Q(due_at__lt=due_at) | Q(due_at__gt=due_at + job.interval)
    if not Period.objects.filter(unclaimed, task_path=path).update(due_at=due_at):
        return False
    if Job.objects.unfinished().filter(task_path=path).exists():
        return False
    job.task.enqueue()
    return True
