"""PgBouncer in transaction mode between the site and its PostgreSQL, set up as docs/deployment.md says."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

import psycopg
import pytest

from core.network import find_free_port
from operations.management.commands.split import wait_for_port
from tests.faults.load import SOON
from tests.faults.stack import Stack
from tests.programs import find_program
from tests.servers import PATIENCE, ROOT

pytestmark = pytest.mark.faults
CONF = """[databases]
jamsite = host={host} dbname=jamsite user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = 6
ignore_startup_parameters = options
"""
ROLE = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "pg_trgm.word_similarity_threshold": "0.2",
}


@pytest.fixture
def url(stack: Stack) -> Iterator[str]:
    """The DATABASE_URL of a PgBouncer in front of the stack's PostgreSQL, whose role has the values of the docs."""
    for name, value in ROLE.items():
        stack.records.run(f"ALTER ROLE postgres SET {name} = '{value}'")
    port = find_free_port()
    with TemporaryDirectory(prefix="jamsite-pgbouncer-") as folder:
        conf = Path(folder) / "pgbouncer.ini"
        host = unquote(stack.records.url.partition("@")[2].partition("/")[0])  # the folder of its socket
        conf.write_text(CONF.format(host=host, port=port))
        Path(folder).chmod(0o755)
        owner = Path(host).stat().st_uid if os.geteuid() == 0 else None  # it refuses to run as root
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen([find_program("pgbouncer"), str(conf)], stdout=log, stderr=log, user=owner)
        wait_for_port(port, seconds=PATIENCE)
        yield f"postgresql://postgres@127.0.0.1:{port}/jamsite"
        process.terminate()
        process.wait(PATIENCE)
    for name in ROLE:
        stack.records.run(f"ALTER ROLE postgres RESET {name}")


def test_site_behind_pgbouncer_loses_no_vote_and_exports_songs(stack: Stack, url: str) -> None:
    """Transactions of one client are spread over connections: a cursor on the server would not survive that."""
    for number in (0, 1):
        stack.replace(number, DATABASE_URL=url)
    export = [sys.executable, "manage.py", "export_songs"]
    with stack.night() as night:
        night.goes_on()
        told = [
            subprocess.check_output(export, cwd=ROOT, env={**stack.environment, "DATABASE_URL": url}) for _ in range(5)
        ]
        night.goes_on(100)
        assert night.reckon("behind PgBouncer, transaction mode") < SOON
    songs = stack.records.run("SELECT count(*) FROM songs_song")[0][0]
    assert [exported.count(b"\n") for exported in told] == [songs + 1] * 5
    with closing(psycopg.connect(url)) as connection:
        row = connection.execute("SELECT current_setting('pg_trgm.word_similarity_threshold')").fetchone()
    assert row == ("0.2",)
    for number in (0, 1):
        stack.replace(number)
