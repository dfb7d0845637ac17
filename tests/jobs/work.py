"""Jobs for the tests to run."""

from datetime import timedelta

from django.tasks import TaskContext, task
from django.utils import timezone

from jobs.periodic import PeriodicTask
from jobs.queue import claim_next_job
from jobs.worker import run_job


def run_jobs() -> None:
    """Run every job that is due, as a worker does."""
    while job := claim_next_job("a worker", now=timezone.now()):
        run_job(job)


@task
def echo(word: str) -> str:
    return word


@task(takes_context=True)
def attempt(context: TaskContext) -> int:
    return context.attempt


@task
def fail() -> None:
    raise ValueError("out of tune")


@task
def unspeakable() -> object:
    return object()


HOURLY = PeriodicTask(echo, timedelta(hours=1))
