import os
import re
import signal
import socket
import subprocess
import sys
from io import StringIO

import httpx
import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from core.postgres import LIMITS, TimeoutConnection
from jams.models import Jam
from operations.management.commands import serve
from operations.server.static_files import collect_static_files_if_changed
from tests.builders import make_user
from tests.servers import PATIENCE


def run(*arguments):
    command = [sys.executable, "manage.py", "serve", *arguments]
    return subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=PATIENCE)


def read_limits():
    """Return PostgreSQL's limits for statements and idle transactions (ms), and how long its client waits (s)."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting::int FROM pg_settings WHERE name = ANY(%s) ORDER BY name", [list(LIMITS)])
        return [*(limit for (limit,) in cursor.fetchall()), TimeoutConnection.response_timeout]


def test_serve_prints_its_address(server):
    output = server.output()
    assert f"  On this computer   {server.url}\n" in output
    assert "password" not in output


def test_serve_sends_no_server_header(server):
    answer = server.get("/about/")
    assert answer.status_code == 200
    assert "server" not in answer.headers


def test_static_files_are_hashed_compressed_and_immutable(server):
    page = server.get("/about/").text
    address = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]
    assert re.search(r"\.[0-9a-f]{12}\.css$", address)
    answer = server.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_serve_stops_cleanly_on_signals(start_server, sign):
    server = start_server()
    with httpx.Client(base_url=server.url, timeout=PATIENCE) as client:
        assert client.get("/about/").status_code == 200  # a connection that stays open must not delay the stop
        server.process.send_signal(sign)
        assert server.process.wait(PATIENCE) == 0
    assert server.unexpected() == []


def test_serve_reports_a_port_in_use_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("--host", "127.0.0.1", "--port", str(port))
    sentence = f"Cannot listen on 127.0.0.1 port {port}: Address already in use. Choose another port, for example PORT"
    assert (done.returncode, done.stderr) == (1, f"CommandError: {sentence}=8001.\n")


def test_serve_reports_an_impossible_port_in_one_line():
    done = run("--port", "70000")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


@pytest.mark.django_db
def test_prepare_migrates_without_the_limit_of_servers(monkeypatch):
    """A server gives up a long statement; an update must be able to build an index, however large the table."""
    seen = [read_limits()]
    monkeypatch.setattr(serve, "call_command", lambda *_, **__: seen.append(read_limits()))
    monkeypatch.setattr(serve, "collect_static_files_if_changed", lambda: seen.append(read_limits()))
    serve.Command().prepare()
    assert 0 not in seen[0]
    assert seen == [seen[0], [0, 0, None] if connection.vendor == "postgresql" else [], seen[0]]


@pytest.mark.parametrize(("proxies", "header"), [(0, None), (1, "X-Real-IP")])
def test_serve_reads_x_real_ip_only_behind_a_proxy(settings, proxies, header):
    settings.TRUSTED_PROXIES = proxies
    with serve.open_listener("127.0.0.1", 0) as listener:
        assert serve.build_server(listener).proxy_forwarded_address_header == header


@pytest.mark.django_db
def test_load_demo_runs_once():
    command = serve.Command(stdout=StringIO())
    command.load_demo()
    jams = Jam.objects.count()
    command.load_demo()
    assert (Jam.objects.count(), command.stdout.getvalue().count("Loading")) == (jams, 1)
    assert len(serve.format_demo_logins()) == get_user_model().objects.count()


@pytest.mark.django_db
def test_load_demo_skips_a_database_with_users():
    make_user()
    serve.Command(stdout=StringIO()).load_demo()
    assert Jam.objects.count() == 0


def test_collect_static_files_runs_only_after_a_change(settings, tmp_path):
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    collect_static_files_if_changed()
    stamp = tmp_path / "static.stamp"
    (collected := next((tmp_path / "static").rglob("*.css"))).unlink()
    collect_static_files_if_changed()
    assert not collected.exists()
    stamp.write_text("an older state")
    collect_static_files_if_changed()
    assert collected.exists()


def test_collect_static_files_runs_once_for_several_processes(tmp_path):
    """Collecting starts by emptying the folder, so a second process would delete files that are in use."""
    script = (
        "import django; django.setup();"
        "from operations.server.static_files import collect_static_files_if_changed; collect_static_files_if_changed()"
    )
    line = [sys.executable, "-c", script]
    own = {"DJANGO_SETTINGS_MODULE": "jamsite.settings", "DATA_DIR": str(tmp_path), "SECRET_KEY": "x" * 50}
    environment = {**os.environ, **own}
    started = [subprocess.Popen(line, cwd=settings.BASE_DIR, env=environment) for _ in range(3)]
    assert [process.wait(PATIENCE) for process in started] == [0, 0, 0]
    assert (tmp_path / "static.stamp").read_text()
