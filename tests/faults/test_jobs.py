"""Workers that die, freeze, hang, and lose their database: every job is done, and its effect is there once."""

import signal

import pytest

from jobs.queue import MAX_ATTEMPTS
from jobs.worker import STUCK_EXIT_CODE
from tests.servers import PATIENCE, wait_until


@pytest.fixture
def playing(records, start_worker):
    """A worker in the middle of a job, which lasts until `records.let_end(mark)`: the worker and the job's id."""

    def start(mark, **changes):
        job = records.enqueue("play", mark=mark)
        worker = start_worker(**changes)
        wait_until(lambda: records.marks("begun", mark) == 1)
        return worker, job

    return start


def is_done(records, job):
    return lambda: records.job(job)[0] == "SUCCESSFUL"


def enqueue_short(records, mark):
    records.let_end(mark)
    return records.enqueue("play", mark=mark)


def test_the_job_of_a_killed_worker_is_done_by_another_once(records, start_worker, playing):
    worker, job = playing("killed")
    worker.send_signal(signal.SIGKILL)
    records.let_end("killed")
    start_worker()
    wait_until(is_done(records, job))
    assert records.job(job) == ("SUCCESSFUL", 2)
    assert (records.marks("begun", "killed"), records.marks("ledger", "killed")) == (2, 1)


def test_a_job_that_kills_every_worker_is_given_up(records, start_worker):
    job = records.enqueue("play", mark="poison")
    while records.job(job)[1] < MAX_ATTEMPTS:
        assert start_worker(WORKER_JOB_SECONDS="1").wait(PATIENCE) == STUCK_EXIT_CODE
    start_worker()
    wait_until(lambda: records.job(job)[0] == "FAILED")
    assert (records.job(job)[1], records.marks("ledger", "poison")) == (MAX_ATTEMPTS, 0)


def test_a_frozen_worker_loses_its_job_and_does_no_harm_when_it_thaws(records, start_worker, playing):
    worker, job = playing("frozen")
    worker.send_signal(signal.SIGSTOP)
    records.let_end("frozen")
    start_worker()
    wait_until(is_done(records, job))
    worker.send_signal(signal.SIGCONT)
    wait_until(is_done(records, enqueue_short(records, "thawed")))
    assert records.job(job) == ("SUCCESSFUL", 2)
    assert records.marks("ledger", "frozen") == 1


def test_a_worker_outlives_a_restart_of_postgresql(records, playing):
    worker, job = playing("restarted")
    records.restart()
    records.let_end("restarted")
    wait_until(is_done(records, enqueue_short(records, "afterwards")))
    wait_until(is_done(records, job))
    assert worker.poll() is None
    assert records.marks("ledger", "restarted") == 1


def test_a_worker_that_is_asked_to_stop_finishes_its_job_first(records, playing):
    worker, job = playing("asked")
    worker.terminate()
    records.let_end("asked")
    assert worker.wait(PATIENCE) == 0
    assert records.job(job) == ("SUCCESSFUL", 1)


def test_two_workers_share_the_work_and_the_daily_jobs(records, start_worker):
    jobs = [enqueue_short(records, f"shared{number}") for number in range(60)]
    for _ in range(2):
        start_worker(WORKER_BEAT_SECONDS="20")  # none of them is taken for dead, however slow the machine
    wait_until(lambda: all(is_done(records, job)() for job in jobs))
    assert {records.job(job) for job in jobs} == {("SUCCESSFUL", 1)}
    given_out = "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE task_path LIKE %s GROUP BY task_path"
    assert set(records.run(given_out, "jobs.tasks.%")) == {(1,)}
