import os
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest
from django.conf import settings

from core.network import find_free_port
from tests.servers import PATIENCE


@contextmanager
def start_stack(folder, port):
    """Start a stack; stop it when the context ends, also after a failure, which would leave it running for ever."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "jamsite.settings", "DATA_DIR": str(folder)}
    command = [sys.executable, "manage.py", "stack", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A stack that served one page, refused to run twice, and was stopped; with its whole output."""
    folder, port = tmp_path_factory.mktemp("stack"), find_free_port()
    with start_stack(folder, port) as process:
        lines: list[str] = []
        while not lines or (lines[-1] and "Ctrl-C" not in lines[-1]):
            lines.append(process.stdout.readline())
        answer = httpx.get(f"http://127.0.0.1:{port}/jams/", timeout=PATIENCE) if lines[-1] else None
        with start_stack(folder, find_free_port()) as second:
            refusal = second.communicate(timeout=PATIENCE)[0]
        process.terminate()
        lines.append(process.communicate(timeout=PATIENCE)[0])
    return {
        "folder": folder / "stack",
        "said": "".join(lines),
        "answer": answer,
        "code": process.returncode,
        "refusal": refusal,
    }


def test_stack_serves_the_demo_from_postgresql(stack):
    assert stack["answer"].status_code == 200
    assert (stack["folder"] / "postgresql" / "PG_VERSION").exists()
    assert not (stack["folder"] / "jamsite.sqlite3").exists()


def test_stack_stops_all_its_parts_cleanly(stack):
    assert (stack["code"], "Traceback" in stack["said"]) == (0, False)
    assert not (stack["folder"] / "postgresql" / "postmaster.pid").exists()


def test_stack_refuses_a_second_one_on_the_same_data(stack):
    sentence = f"CommandError: Another stack is already using {stack['folder']}. Stop it first.\n"
    assert stack["refusal"] == sentence
