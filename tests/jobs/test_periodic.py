import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.tasks import TaskResultStatus

from jobs import periodic
from jobs.models import Job
from tests.jobs.work import HOURLY

pytestmark = pytest.mark.django_db
OURS = {path: job.interval for path, job in periodic.registry.items() if not path.startswith("tests.")}
IN_THE_DOCS = re.compile(r"^\| `(\w+\.tasks\.\w+)` \| (daily|hourly|every (?:(\d+) minutes|minute)) ", re.MULTILINE)
NOW = datetime(2026, 11, 27, 20, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _only_hourly(monkeypatch):
    monkeypatch.setattr(periodic, "registry", {HOURLY.task.module_path: HOURLY})


def give_out(now=NOW):
    return periodic.enqueue_due_jobs(now=now)


def finish():
    Job.objects.update(status=TaskResultStatus.SUCCESSFUL)


def test_the_docs_name_every_job_that_comes_back_and_how_often():
    told = IN_THE_DOCS.findall((settings.BASE_DIR / "docs" / "operations.md").read_text())
    words = {"daily": timedelta(days=1), "hourly": HOUR}
    assert {path: words.get(how, timedelta(minutes=int(n or 1))) for path, how, n in told} == OURS


def test_a_job_is_due_at_the_full_hour():
    assert HOURLY.due_at(NOW) == datetime(2026, 11, 27, 20, 0, tzinfo=UTC)


def test_a_periodic_job_is_given_out_once_a_period():
    assert [give_out(), give_out()] == [1, 0]
    finish()
    assert [give_out(NOW + timedelta(minutes=29)), give_out(NOW + timedelta(minutes=30))] == [0, 1]


def test_of_two_workers_that_see_it_due_one_gives_it_out():
    give_out()
    finish()
    due_at = HOURLY.due_at(NOW + HOUR)
    assert [periodic._enqueue_once(HOURLY, due_at), periodic._enqueue_once(HOURLY, due_at)] == [True, False]


def test_a_job_whose_last_turn_is_not_over_is_not_given_out_again():
    give_out()
    assert give_out(NOW + HOUR) == 0
    assert Job.objects.count() == 1


def test_a_clock_a_little_behind_another_gives_nothing_out_twice():
    give_out(NOW + HOUR)
    finish()
    assert give_out(NOW) == 0


def test_a_clock_that_was_a_year_ahead_stops_nothing():
    give_out(NOW + timedelta(days=365))
    finish()
    assert give_out(NOW) == 1


def test_being_up_to_date_costs_one_query(django_assert_num_queries):
    give_out()
    with django_assert_num_queries(1):
        give_out()
