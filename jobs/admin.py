"""The jobs in the admin: waiting, running, succeeded and failed ones. Superusers can retry and dismiss failed jobs."""

from datetime import datetime

import django_tasks_db.admin  # noqa: F401  (registers the admin that is replaced here)
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_tasks_db.models import DBTaskResult, get_date_max

from core.admin import ReadOnlySuperuserAdmin
from jobs import queue
from jobs.models import Job

admin.site.unregister(DBTaskResult)


@admin.register(Job)
class JobAdmin(ReadOnlySuperuserAdmin):
    list_display = [
        "task_path",
        "status",
        "tried",
        "priority",
        "enqueued_at",
        "not_before",
        "started_at",
        "finished_at",
    ]
    list_filter = ["status", "task_path"]
    date_hierarchy = "enqueued_at"
    ordering = ["-enqueued_at", "pk"]
    actions = ["retry_failed", "dismiss_failed"]
    fields = [
        ("task_path", "status", "tried", "priority"),
        ("args_kwargs", "return_value"),
        ("enqueued_at", "not_before", "started_at", "finished_at"),
        "worker_ids",
        "exception_class_path",
        "traceback",
    ]
    readonly_fields = ["tried", "not_before"]

    @admin.action(permissions=["view"], description=_("Retry failed jobs"))
    def retry_failed(self, request: HttpRequest, queryset: models.QuerySet[Job]) -> None:
        count = sum(queue.retry_job(job, now=timezone.now()) for job in queryset)
        sentence = ngettext("%(count)d job is waiting for a worker.", "%(count)d jobs are waiting for a worker.", count)
        self.message_user(request, sentence % {"count": count}, messages.SUCCESS)

    @admin.action(permissions=["view"], description=_("Dismiss failed jobs"))
    def dismiss_failed(self, request: HttpRequest, queryset: models.QuerySet[Job]) -> None:
        count = sum(queue.dismiss_job(job) for job in queryset)
        sentence = ngettext("%(count)d failed job was deleted.", "%(count)d failed jobs were deleted.", count)
        self.message_user(request, sentence % {"count": count}, messages.SUCCESS)

    @admin.display(description=_("attempts"))
    def tried(self, job: Job) -> int:
        return job.attempts

    @admin.display(description=_("not before"), ordering="run_after")
    def not_before(self, job: Job) -> datetime | None:
        return None if job.run_after == get_date_max() else job.run_after
