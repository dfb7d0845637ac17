"""What is done for the search in the background."""

from datetime import timedelta

from django.tasks import task
from django.utils import timezone

from jobs.periodic import every
from search.services import forget_old_days


@every(timedelta(days=1))
@task(priority=-10)
def forget_old_searches() -> int:
    """Remove the days that are too old to tell anything; return how many rows went."""
    return forget_old_days(now=timezone.now())
