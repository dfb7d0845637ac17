"""What is done for the search in the background."""

from datetime import timedelta

from django.tasks import task
from django.utils import timezone

from jobs.periodic import every
from search.services.retention import delete_old_searches, roll_up_old_months


@every(timedelta(days=1))
@task(priority=-10)
def forget_old_searches() -> int:
    """Put old days together by month, and remove those too old to tell anything; return how many rows were removed."""
    now = timezone.now()
    roll_up_old_months(now=now)
    return delete_old_searches(now=now)
