"""Jobs as django-tasks-db stores them, and what it lacks: workers, and when a periodic job is due."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.tasks import TaskResultStatus
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks_db.models import DBTaskResult, get_date_max

from core.querysets import StrictManager, StrictQuerySet

MAX_MISSED_HEARTBEATS = 3  # a worker that missed more heartbeats is considered dead


class JobQuerySet(StrictQuerySet["Job"]):
    def due(self, now: datetime) -> Self:
        """Jobs that wait for a worker, most urgent first."""
        return self.filter(Q(run_after=get_date_max()) | Q(run_after__lte=now), status=TaskResultStatus.READY).order_by(
            "-priority", "run_after", "enqueued_at", "pk"
        )

    def running(self) -> Self:
        return self.filter(status=TaskResultStatus.RUNNING).order_by("started_at", "pk")

    def failed(self) -> Self:
        """Jobs that failed all their attempts, latest first."""
        return self.filter(status=TaskResultStatus.FAILED).order_by("-finished_at", "pk")

    def unfinished(self) -> Self:
        return self.filter(status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING])


class Job(DBTaskResult):  # type: ignore[type-arg]  # not generic at runtime
    """A job in the queue. `started_at` is the start of its latest attempt, `worker_ids` has one name per attempt."""

    objects = StrictManager.from_queryset(JobQuerySet)()  # type: ignore[assignment,misc]  # a manager of our own

    class Meta:
        proxy = True
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-priority", "run_after", "enqueued_at", "pk"]

    def __str__(self) -> str:
        return self.task_path

    @property
    def attempts(self) -> int:
        return len(self.worker_ids)


class WorkerQuerySet(StrictQuerySet["Worker"]):
    def alive(self) -> Self:
        """Workers with a recent heartbeat, by the database's clock: the clocks of machines may differ."""
        return self.filter(seen_at__gt=Now() - timedelta(seconds=MAX_MISSED_HEARTBEATS * settings.WORKER_BEAT_SECONDS))


class Worker(models.Model):
    """A running worker process. After an outage of the database it continues under a new name."""

    name = models.CharField(_("name"), max_length=64, unique=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"))

    objects = StrictManager.from_queryset(WorkerQuerySet)()

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering = ["-seen_at", "-pk"]

    def __str__(self) -> str:
        return self.name


class Period(models.Model):
    """The time for which a periodic job was last enqueued. The worker that advances `due_at` enqueues the job."""

    task_path = models.CharField(_("job"), max_length=200, unique=True)
    due_at = models.DateTimeField(_("next due"))

    objects = StrictManager.from_queryset(StrictQuerySet)()

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ["task_path", "pk"]

    def __str__(self) -> str:
        return self.task_path
