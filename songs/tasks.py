"""What is done for the library in the background."""

from datetime import timedelta

from django.tasks import task
from django.utils import timezone

from jobs.periodic import every
from songs import filework


@task(priority=10)  # somebody waits for it
def check_songs(pk: int) -> None:
    """Find out what would come of a file that was sent."""
    filework.check(pk)


@task(priority=10)
def import_songs(pk: int) -> None:
    """Import a file that was checked."""
    filework.run(pk)


@every(timedelta(hours=1))
@task
def forget_old_imports() -> int:
    """Forget the files that were sent long ago; return how many."""
    return filework.forget_old(now=timezone.now())
