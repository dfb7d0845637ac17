import pytest
from django.db import OperationalError
from django.tasks import TaskResultStatus

import jobs.models
from jobs import queue
from jobs.models import Job
from jobs.worker import Worker
from tests.jobs import work
from tests.servers import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def result(enqueued):
    return Job.objects.get(pk=enqueued.id)


def test_a_worker_does_what_waits_and_then_has_nothing_to_do():
    job = work.echo.enqueue("la")
    worker = Worker()
    assert [worker.run_next_job(), worker.run_next_job()] == [True, False]
    assert (result(job).status, result(job).return_value) == (TaskResultStatus.SUCCESSFUL, "la")


def test_a_job_may_ask_which_attempt_it_is():
    job = work.attempt.enqueue()
    Worker().run_next_job()
    assert result(job).return_value == 1


@pytest.mark.parametrize(("task", "error"), [(work.fail, "ValueError"), (work.unspeakable, "TypeError")])
def test_a_job_that_fails_is_tried_again_later(task, error):
    job = task.enqueue()
    Worker().run_next_job()
    assert (result(job).status, result(job).exception_class_path) == (TaskResultStatus.READY, f"builtins.{error}")
    assert Worker().run_next_job() is False


def test_a_job_that_is_no_longer_in_the_code_is_tried_again_later():
    job = work.echo.enqueue("la")
    Job.objects.filter(pk=job.id).update(task_path="tests.jobs.work.gone")
    Worker().run_next_job()
    assert (result(job).status, result(job).exception_class_path) == (TaskResultStatus.READY, "builtins.ImportError")


def test_the_last_failure_is_logged_as_an_error(caplog):
    job = work.fail.enqueue()
    Job.objects.filter(pk=job.id).update(worker_ids=["anna"] * (queue.MAX_ATTEMPTS - 1))
    Worker().run_next_job()
    sentence = "tests.jobs.work.fail failed on attempt 3; giving up."
    assert [(r.levelname, r.message) for r in caplog.records if r.name == "jobs.worker"] == [("ERROR", sentence)]


def test_a_worker_that_is_told_to_stop_ends_and_signs_off():
    worker = Worker()
    worker.stop()
    worker.run()
    assert list(jobs.models.Worker.objects.all()) == []


def test_a_worker_whose_parent_is_gone_ends():
    worker = Worker(is_orphan=lambda: True)
    worker.run()
    assert worker.stopping is True


def test_a_worker_that_loses_its_database_restarts_under_a_new_name(monkeypatch):
    worker = Worker()
    before = worker.name

    def away():
        worker.stop()
        raise OperationalError("gone")

    monkeypatch.setattr(worker, "run_next_job", away)
    worker.run()
    assert worker.name != before


def test_a_worker_touches_its_file_while_the_database_is_away(monkeypatch, settings, tmp_path):
    """A probe that looks at the file must not end a worker that only waits for its database."""
    beats = tmp_path / "beats"
    settings.WORKER_BEAT_PATH = str(beats)
    worker = Worker()

    def away(*_arguments):
        raise OperationalError("gone")

    def away_until_touched():
        wait_until(beats.exists)
        worker.stop()
        away()

    monkeypatch.setattr("jobs.worker.record_heartbeat", away)
    monkeypatch.setattr(worker, "run_next_job", away_until_touched)
    worker.run()
    assert beats.exists()


def test_a_worker_beats_on_without_the_file_for_probes(monkeypatch, settings, tmp_path, caplog):
    """Otherwise other workers would take it for dead, and do its jobs a second time."""
    settings.WORKER_BEAT_PATH = str(tmp_path / "missing" / "beats")
    worker = Worker()

    def rest():
        wait_until(lambda: worker.heartbeat_at > 0)
        worker.stop()

    monkeypatch.setattr(worker, "run_next_job", rest)
    worker.run()
    assert "WORKER_BEAT_PATH cannot be touched" in caplog.text
