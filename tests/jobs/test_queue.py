from datetime import timedelta

import pytest
from django.db import transaction
from django.tasks import TaskResultStatus
from django.utils import timezone

from jobs import queue
from jobs.models import Job, Worker
from jobs.tasks import prune_old_jobs
from tests.jobs import work

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LONG_AGO = timedelta(days=61)


def enqueued(task=work.echo, **using):
    return Job.objects.get(pk=task.using(**using).enqueue(*(["la"] if task is work.echo else [])).id)


def take(worker="anna", now=None):
    return queue.claim_next_job(worker, now=now or timezone.now())


def dead(task=work.fail, finished_at=NOW):
    job = enqueued(task)
    Job.objects.filter(pk=job.pk).update(
        status=TaskResultStatus.FAILED, finished_at=finished_at, worker_ids=["a", "b", "c"]
    )
    return Job.objects.get(pk=job.pk)


def test_a_job_is_enqueued_with_the_change_that_asks_for_it():
    with transaction.atomic():
        enqueued()
        transaction.set_rollback(True)
    assert Job.objects.count() == 0


def test_the_most_urgent_job_comes_first_and_then_the_oldest():
    first, urgent, second = enqueued(), enqueued(priority=5), enqueued()
    assert [take().pk for _ in range(3)] == [urgent.pk, first.pk, second.pk]
    assert take() is None


def test_a_job_for_later_waits():
    job = enqueued(run_after=timezone.now() + timedelta(hours=1))
    assert take() is None
    assert take(now=timezone.now() + timedelta(hours=2)).pk == job.pk


def test_a_job_is_held_by_one_worker():
    job = enqueued()
    seen_by_both = Job.objects.get(pk=job.pk)
    assert take("anna").worker_ids == ["anna"]
    assert queue._claim(seen_by_both, "bert", NOW) is False


def test_a_job_that_fails_waits_longer_each_time_and_is_given_up():
    enqueued(work.fail)
    now, waits = timezone.now(), []
    for _ in range(queue.MAX_ATTEMPTS):
        job = take(now=now)
        queue.mark_failed(job, ValueError("out of tune"), now=now)
        waits.append(job.run_after - now)
        now = max(now, job.run_after)
    assert waits[:2] == [timedelta(seconds=10), timedelta(seconds=60)]
    assert (job.status, job.exception_class_path) == (TaskResultStatus.FAILED, "builtins.ValueError")
    assert list(Job.objects.failed()) == [job]


def test_the_job_of_a_dead_worker_goes_back_and_keeps_count():
    queue.record_heartbeat("anna")
    job = enqueued()
    take("anna")
    assert queue.release_jobs_of_dead_workers(now=timezone.now()) == 0
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert queue.release_jobs_of_dead_workers(now=timezone.now()) == 1
    job.refresh_from_db()
    assert (job.status, job.attempts) == (TaskResultStatus.READY, 1)
    assert job.exception_class_path == "jobs.queue.WorkerDiedError"


def test_a_worker_taken_for_dead_cannot_end_a_job_of_another():
    job = enqueued()
    held = take("anna")
    queue.release_jobs_of_dead_workers(now=timezone.now())
    again = take("bert", now=timezone.now() + timedelta(minutes=1))
    assert queue.mark_succeeded(held, "late", now=NOW) is False
    assert queue.mark_succeeded(again, "in time", now=NOW) is True
    assert Job.objects.get(pk=job.pk).return_value == "in time"


def test_a_job_whose_workers_die_is_given_up_as_well():
    enqueued()
    for minutes in range(queue.MAX_ATTEMPTS):
        now = timezone.now() + timedelta(hours=minutes)
        take(f"worker{minutes}", now=now)
        queue.release_jobs_of_dead_workers(now=now)
    assert Job.objects.failed().count() == 1


def test_a_failed_job_can_be_retried_with_all_its_attempts():
    job = dead()
    assert queue.retry_job(job, now=NOW) is True
    assert (taken := take()).pk == job.pk
    assert taken.attempts == 1
    assert queue.retry_job(job, now=NOW) is False


def test_workers_come_and_go():
    queue.record_heartbeat("anna")
    queue.record_heartbeat("anna")
    assert [worker.name for worker in Worker.objects.alive()] == ["anna"]
    queue.remove_worker("anna")
    assert Worker.objects.count() == 0


def test_old_jobs_are_forgotten_and_what_waits_is_not():
    for finished_at in (NOW, NOW - LONG_AGO):
        dead(finished_at=finished_at)
        good = dead(finished_at=finished_at)
        Job.objects.filter(pk=good.pk).update(status=TaskResultStatus.SUCCESSFUL)
    enqueued()
    assert prune_old_jobs.call() == 2
    assert Job.objects.count() == 3


def test_looking_for_a_job_is_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        take()
