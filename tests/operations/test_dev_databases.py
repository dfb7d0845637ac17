import psycopg
import redis

from operations.server.dev_databases import run_postgresql, run_valkey


def test_run_postgresql_keeps_its_data_for_the_next_start(tmp_path):
    folder = tmp_path / "postgresql"
    with run_postgresql(folder) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (number integer)")
        connection.execute("INSERT INTO kept VALUES (7)")
    assert not (folder / "postmaster.pid").exists()
    with run_postgresql(folder) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(7,)]


def test_run_postgresql_stops_its_server_even_after_a_user_was_killed(tmp_path):
    folder = tmp_path / "postgresql"
    with run_postgresql(folder):
        pass
    (folder / ".handle_pids.json").write_text("[999999]")
    with run_postgresql(folder, durable=False) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    assert not (folder / "postmaster.pid").exists()


def test_run_valkey_starts_empty(tmp_path):
    for _ in range(2):
        with run_valkey(tmp_path) as url, redis.from_url(url) as client:
            assert client.dbsize() == 0
            client.set("a", "b")
