"""What is done for jams in the background."""

from datetime import timedelta

from django.tasks import task
from django.utils import timezone

from jams import leftopen
from jobs.periodic import every


@every(timedelta(minutes=10))
@task
def close_jams_left_open() -> int:
    """End the jams that nobody ended; return how many."""
    return leftopen.close_left_open(now=timezone.now())
