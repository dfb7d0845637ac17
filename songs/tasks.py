"""Background jobs of the library."""

from datetime import timedelta

from django.tasks import task
from django.utils import timezone

from jobs.periodic import every
from songs.services.imports import jobs


@every(timedelta(hours=1))
@task
def forget_old_imports() -> int:
    """Delete old uploads; return how many."""
    return jobs.delete_old_imports(now=timezone.now())
