"""Periodic clean-up: expired sessions and old jobs (retention)."""

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.tasks import task
from django.utils import timezone

from jobs.periodic import every
from jobs.queue import delete_old_jobs


@every(timedelta(days=1))
@task(priority=-10)
def clear_expired_sessions() -> None:
    """Delete expired sessions."""
    SessionStore.clear_expired()


@every(timedelta(days=1))
@task(priority=-10)
def prune_old_jobs() -> int:
    """Delete jobs that ended longer ago than their retention; return how many."""
    return delete_old_jobs(now=timezone.now())
