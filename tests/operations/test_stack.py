import os
import subprocess
import sys

import httpx
import pytest
from django.conf import settings

from core.network import find_free_port
from tests.servers import PATIENCE


def start(folder, port):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "jamsite.settings", "DATA_DIR": str(folder)}
    command = [sys.executable, "manage.py", "stack", "--port", str(port)]
    return subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A stack that served one page, refused to run twice, and was stopped; with its whole output."""
    folder, port = tmp_path_factory.mktemp("stack"), find_free_port()
    process = start(folder, port)
    said = []
    while not said or (said[-1] and "Ctrl-C" not in said[-1]):
        said.append(process.stdout.readline())
    answer = httpx.get(f"http://127.0.0.1:{port}/jams/", timeout=PATIENCE) if said[-1] else None
    twin = start(folder, find_free_port())
    refusal = twin.communicate(timeout=PATIENCE)[0]
    process.terminate()
    said.append(process.communicate(timeout=PATIENCE)[0])
    return {
        "folder": folder / "stack",
        "said": "".join(said),
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
