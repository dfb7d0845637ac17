"""Background jobs of the search."""

from datetime import timedelta

from django.tasks import task
from django.utils import timezone

from jobs.periodic import every
from search.services.retention import delete_old_searches, roll_up_old_months


@every(timedelta(days=1))
@task(priority=-10)
def forget_old_searches() -> int:
    """Apply the retention of search statistics: merge old days by month, delete older ones; return how many."""
    now = timezone.now()
    roll_up_old_months(now=now)
    return delete_old_searches(now=now)
