import pytest
from django.tasks import TaskResultStatus
from django.urls import reverse

from jobs.models import Job
from tests.builders import make_user
from tests.hosts import browser_of, make_host
from tests.jobs import work

pytestmark = pytest.mark.django_db
LIST = reverse("admin:jobs_job_changelist")


@pytest.fixture
def administrator():
    return browser_of(make_user(is_staff=True, is_superuser=True))


def make_dead():
    job = work.echo.enqueue("la")
    Job.objects.filter(pk=job.id).update(status=TaskResultStatus.FAILED, worker_ids=["a", "b", "c"])
    return job.id


def test_jobs_are_shown_to_administrators_alone(administrator):
    assert [browser_of(user).get(LIST).status_code for user in (make_host(), None)] == [403, 302]
    assert administrator.get(LIST).status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_of_jobs_costs_the_same_for_any_number(administrator, rows, django_assert_num_queries):
    for _ in range(rows):
        make_dead()
    with django_assert_num_queries(7):
        page = administrator.get(LIST).content.decode()
    assert page.count("tests.jobs.work.echo</a></th>") == rows


def test_a_job_is_shown_with_what_went_wrong(administrator):
    job = make_dead()
    Job.objects.update(traceback="<b>out of tune</b>")
    page = administrator.get(reverse("admin:jobs_job_change", args=[job])).content.decode()
    assert ("&lt;b&gt;out of tune&lt;/b&gt;" in page, 'name="_save"' in page) == (True, False)


def test_an_administrator_has_what_was_given_up_done_again(administrator):
    job, waiting = make_dead(), work.echo.enqueue("la")
    chosen = {"action": "retry_failed", "_selected_action": [job, waiting.id]}
    page = administrator.post(LIST, chosen, follow=True).content.decode()
    assert "1 job is waiting for a worker." in page
    assert [job.attempts for job in Job.objects.filter(status=TaskResultStatus.READY)] == [0, 0]


def test_an_administrator_dismisses_what_nobody_can_mend(administrator):
    """It would raise the alert of failed jobs for 60 days."""
    jobs = [make_dead(), make_dead(), work.echo.enqueue("la").id]
    chosen = {"action": "dismiss_failed", "_selected_action": jobs[1:]}
    assert "1 failed job was deleted." in administrator.post(LIST, chosen, follow=True).text
    assert {str(job.pk) for job in Job.objects.all()} == {str(jobs[0]), str(jobs[2])}


@pytest.mark.parametrize("action", ["retry_failed", "dismiss_failed"])
def test_a_host_has_nothing_done_with_jobs(action):
    job = make_dead()
    browser_of(make_host()).post(LIST, {"action": action, "_selected_action": [job]})
    assert Job.objects.failed().count() == 1
