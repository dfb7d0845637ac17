import signal
import threading

import pytest

from jobs.models import Worker
from operations.server import processes
from operations.server.processes import WorkerSupervisor
from tests.servers import Server, environment, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def companion(monkeypatch):
    """A worker on the test database, beside this process."""
    monkeypatch.setattr(processes, "RESTART_DELAY_SECONDS", 0.05)
    monkeypatch.setattr(processes.os, "environ", environment(WORKER_BEAT_SECONDS="0.3"))
    with WorkerSupervisor() as companion:
        wait_until(Worker.objects.exists)
        yield companion


def test_a_worker_that_dies_is_started_again(companion):
    first = companion.child
    first.send_signal(signal.SIGKILL)
    wait_until(lambda: companion.child is not first)
    assert companion.child.poll() is None


def test_a_worker_is_stopped_with_its_companion(companion):
    companion.__exit__()
    assert companion.child.returncode == 0
    assert "companion" not in [thread.name for thread in threading.enumerate() if thread.is_alive()]


class WithWorker(Server):
    def command(self):
        return [*super().command(), "--worker"]


def test_a_server_that_is_killed_takes_its_worker_with_it(tmp_path):
    server = WithWorker(tmp_path / "server.log", WORKER_BEAT_SECONDS="0.3")
    wait_until(Worker.objects.exists)
    server.process.kill()
    wait_until(lambda: not Worker.objects.exists())
    assert server.process.wait() == -signal.SIGKILL
