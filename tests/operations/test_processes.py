import os
import signal
import subprocess
import sys
import threading

import pytest
from django.conf import settings

from jobs.models import Worker
from operations.server import processes
from operations.server.processes import WorkerSupervisor
from tests.servers import Server, environment, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def supervisor(monkeypatch):
    """The supervisor of a worker that uses the test database."""
    monkeypatch.setattr(processes, "RESTART_DELAY_SECONDS", 0.05)
    monkeypatch.setattr(os, "environ", environment(WORKER_BEAT_SECONDS="0.3"))
    with WorkerSupervisor() as supervisor:
        wait_until(Worker.objects.exists)
        yield supervisor


def test_worker_supervisor_restarts_a_worker_that_dies(supervisor):
    first = supervisor.worker
    first.send_signal(signal.SIGKILL)
    wait_until(lambda: supervisor.worker is not first)
    assert supervisor.worker.poll() is None


def test_worker_supervisor_stops_its_worker(supervisor):
    supervisor.__exit__()
    assert supervisor.worker.returncode == 0
    assert "worker-supervisor" not in [thread.name for thread in threading.enumerate() if thread.is_alive()]


class ServerWithWorker(Server):
    def command(self):
        return [*super().command(), "--worker"]


def test_worker_stops_when_its_server_is_killed(tmp_path):
    server = ServerWithWorker(tmp_path / "server.log", WORKER_BEAT_SECONDS="0.3")
    wait_until(Worker.objects.exists)
    server.process.kill()
    wait_until(lambda: not Worker.objects.exists())
    assert server.process.wait() == -signal.SIGKILL


def test_raise_file_limit_takes_all_that_the_system_allows() -> None:
    """In a process of its own, for a limit that was raised stays raised."""
    program = (
        "import resource as r; from operations.server.processes import raise_file_limit as go; "
        "hard = r.getrlimit(r.RLIMIT_NOFILE)[1]; r.setrlimit(r.RLIMIT_NOFILE, (256, hard)); go(); "
        "print(r.getrlimit(r.RLIMIT_NOFILE) == (hard, hard))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "jamsite.settings"},
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
