"""Workers that die, freeze, hang, and lose their database: every job is done, and its effect is there once."""

import signal

import pytest

from tests.servers import wait_until


@pytest.fixture
def playing(records, start_worker):
    """A worker in the middle of a job: the worker, the job's id and its mark."""

    def start(mark, seconds=1.0, **changes):
        job = records.enqueue("play", mark=mark, seconds=seconds)
        worker = start_worker(**changes)
        wait_until(lambda: records.marks("begun", mark) == 1)
        return worker, job

    return start


def is_done(records, job):
    return lambda: records.job(job)[0] == "SUCCESSFUL"


def test_the_job_of_a_killed_worker_is_done_by_another_once(records, start_worker, playing):
    worker, job = playing("killed")
    worker.send_signal(signal.SIGKILL)
    start_worker()
    wait_until(is_done(records, job))
    assert records.job(job) == ("SUCCESSFUL", 2)
    assert (records.marks("begun", "killed"), records.marks("ledger", "killed")) == (2, 1)


def test_a_job_that_kills_every_worker_is_given_up(records, start_worker, playing):
    worker, job = playing("poison", seconds=30, WORKER_JOB_SECONDS="1")
    for begun in (2, 3):
        assert worker.wait(timeout=30) == 70
        worker = start_worker(WORKER_JOB_SECONDS="1")
        wait_until(lambda begun=begun: records.marks("begun", "poison") == begun)
    assert worker.wait(timeout=30) == 70
    start_worker()
    wait_until(lambda: records.job(job)[0] == "FAILED")
    assert (records.job(job)[1], records.marks("ledger", "poison")) == (3, 0)


def test_a_frozen_worker_loses_its_job_and_does_no_harm_when_it_thaws(records, start_worker, playing):
    worker, job = playing("frozen")
    worker.send_signal(signal.SIGSTOP)
    start_worker()
    wait_until(is_done(records, job))
    worker.send_signal(signal.SIGCONT)
    after = records.enqueue("play", mark="thawed", seconds=0)
    wait_until(is_done(records, after))
    assert records.job(job) == ("SUCCESSFUL", 2)
    assert records.marks("ledger", "frozen") == 1


def test_a_worker_outlives_a_restart_of_postgresql_and_does_the_job_again(records, playing):
    worker, job = playing("restarted", seconds=2.0)
    records.restart()
    after = records.enqueue("play", mark="afterwards", seconds=0)
    wait_until(is_done(records, after), seconds=10)
    wait_until(is_done(records, job))
    assert worker.poll() is None
    assert records.marks("ledger", "restarted") == 1


def test_a_worker_that_is_asked_to_stop_finishes_its_job_first(records, playing):
    worker, job = playing("asked")
    worker.terminate()
    assert worker.wait(timeout=20) == 0
    assert records.job(job) == ("SUCCESSFUL", 1)


def test_two_workers_share_the_work_and_the_daily_jobs(records, start_worker):
    jobs = [records.enqueue("play", mark=f"shared{number}", seconds=0.02) for number in range(60)]
    start_worker()
    start_worker()
    wait_until(lambda: all(is_done(records, job)() for job in jobs))
    assert {records.job(job) for job in jobs} == {("SUCCESSFUL", 1)}
    given_out = "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE task_path LIKE %s GROUP BY task_path"
    assert set(records.run(given_out, "jobs.tasks.%")) == {(1,)}
