"""Jobs for the tests to run."""

from datetime import timedelta

from django.tasks import TaskContext, task

from jobs.periodic import PeriodicTask


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
