"""A real PostgreSQL, real workers and a whole site, for tests that pull their plugs."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection

from operations.server.dev_databases import run_postgresql
from tests.faults.records import Records
from tests.faults.stack import Stack
from tests.servers import ROOT

OWN_SERVERS = {"records", "stack", "split"}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "faults: pulls a plug and takes its time; runs with `make faults` alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long faults, and on SQLite whatever is made for PostgreSQL, unless faults are asked for."""
    if any("faults" in str(argument) for argument in config.invocation_params.args):
        return
    on_sqlite = connection.vendor == "sqlite"

    def is_left_out(item: pytest.Item) -> bool:
        brings_its_own = bool(OWN_SERVERS & set(getattr(item, "fixturenames", ())))
        return item.get_closest_marker("faults") is not None or (on_sqlite and brings_its_own)

    left_out = [item for item in items if is_left_out(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="module")
def records() -> Iterator[Records]:
    """In a folder that pytest does not own: it keeps its own shut, and as root PostgreSQL is somebody else."""
    with TemporaryDirectory(prefix="jamsite-records-") as name:
        folder = Path(name)
        with run_postgresql(folder / "postgresql", durable=False) as url:
            yield Records(folder, url)


@pytest.fixture(scope="session")
def running_stack() -> Iterator[Stack]:
    with ExitStack() as context:
        folder = Path(context.enter_context(TemporaryDirectory(prefix="jamsite-stack-")))
        url = context.enter_context(run_postgresql(folder / "postgresql", durable=False))
        stack = Stack(Records(folder, url), folder)
        context.callback(stack.stop)
        stack.start()
        yield stack


@pytest.fixture
def stack(running_stack: Stack) -> Iterator[Stack]:
    """The whole site, in good health; its logs must have nothing to complain about but what a test expects."""
    running_stack.heal()
    yield running_stack
    found = running_stack.unexpected()
    running_stack.expected.clear()
    assert found == []


@pytest.fixture
def start_worker(records: Records, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """A factory of workers on `records`: `start_worker(WORKER_JOB_SECONDS="1")`."""
    workers: list[subprocess.Popen[bytes]] = []

    def start(**changes: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "worker"]
        environment = {**records.environment, **changes}
        with (tmp_path / f"worker{len(workers)}.log").open("wb") as log:
            workers.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()
