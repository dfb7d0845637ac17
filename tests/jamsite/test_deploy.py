"""What `deploy/` starts has to be there, and what it sets has to be read."""

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.utils.module_loading import import_string

from tests.servers import ROOT

DEPLOY = ROOT / "deploy"
SETTINGS = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "jamsite" / "settings.py").read_text()))
PLACEHOLDERS = {"POSTGRES_PASSWORD", "SITE_ADDRESS"}  # PostgreSQL's and Caddy's own


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def unit_commands() -> Iterator[list[str]]:
    for unit in sorted((DEPLOY / "systemd").glob("*.service")):
        line = re.search(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
        assert line, unit
        yield shlex.split(line[1])


def container_commands() -> Iterator[list[str]]:
    for service in documents(DEPLOY / "compose.yaml")[0]["services"].values():
        if "build" in service and "command" in service:
            yield service["command"]
    for document in documents(DEPLOY / "kubernetes" / "jamsite.yaml"):
        for container in document.get("spec", {}).get("template", {}).get("spec", {}).get("containers", []):
            if "command" in container:
                yield container["command"]
    (command,) = re.findall(r"^CMD (.*)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    yield ast.literal_eval(command)


@pytest.mark.parametrize("command", [*unit_commands(), *container_commands()], ids=" ".join)
def test_every_command_is_one_of_ours(command: list[str]) -> None:
    program = Path(command[0]).name
    if program == "gunicorn":
        assert callable(import_string(command[1].replace(":", ".")))
        assert (command[2], Path(command[3]).name) == ("--config", "gunicorn.conf.py")
    else:
        assert (program, command[1]) == ("python", "manage.py")
        assert command[2] in get_commands()


def test_gunicorn_takes_no_path_from_a_header() -> None:
    """A proxy that passes SCRIPT_NAME on would let a visitor put a folder in front of the links of kept pages."""
    check = [sys.executable, "-m", "gunicorn", "--check-config", "--print-config", "--config", "gunicorn.conf.py"]
    printed = subprocess.run([*check, "jamsite.wsgi"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^forwarder_headers += (.*)$", printed, re.MULTILINE) == ["[]"]


def test_every_variable_of_the_containers_is_a_setting() -> None:
    services = documents(DEPLOY / "compose.yaml")[0]["services"]
    ours = [service["environment"] for service in services.values() if "build" in service]
    asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text())) - PLACEHOLDERS
    assert {name for environment in ours for name in environment} | asked <= SETTINGS


def test_containers_wait_for_every_server_that_they_are_told_of() -> None:
    services = documents(DEPLOY / "compose.yaml")[0]["services"]
    for name in ("pages", "sockets", "worker"):
        told = re.findall(r"(?:@|//)(\w+):\d+/", " ".join(services[name]["environment"].values()))
        waits = {*services[name]["depends_on"], *services["migrate"]["depends_on"]}
        assert (len(told), set(told) - waits) == (3, set()), name


def test_every_setting_reaches_every_container_of_ours() -> None:
    """A setting that is named nowhere in the file was lost on its way: now all of .env gets through."""
    services = documents(DEPLOY / "compose.yaml")[0]["services"]
    ours = [name for name, service in services.items() if "build" in service]
    assert [services[name].get("env_file") for name in ours] == [".env"] * 4


def test_nginx_does_not_wait_for_a_request_that_drips() -> None:
    """daphne alone waits 30 s for a body and 60 s for a header."""
    lines = (DEPLOY / "nginx" / "split.conf").read_text()
    waits = re.findall(r"client_(header|body)_timeout (\d+)s;", lines)
    assert {name: int(seconds) <= 15 for name, seconds in waits} == {"header": True, "body": True}
    assert re.findall(r"client_max_body_size (\w+);", lines) == ["10m"]


def test_pods_keep_to_the_restricted_profile() -> None:
    """What a cluster with the "restricted" Pod Security Standard admits."""
    specs = [one["spec"]["template"]["spec"] for one in documents(DEPLOY / "kubernetes" / "jamsite.yaml")
             if one["kind"] in ("Deployment", "Job")]  # fmt: skip
    for spec in specs:
        pod = spec["securityContext"]
        assert (pod["runAsNonRoot"], pod["seccompProfile"]) == (True, {"type": "RuntimeDefault"})
        assert pod["runAsUser"] > 0
        own = [container["securityContext"] for container in spec["containers"]]
        assert own == [{"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}]
        assert {"hostNetwork", "hostPID", "hostIPC", "volumes"} & spec.keys() == set()
    assert len(specs) == 4


def test_units_are_hardened_alike() -> None:
    """A unit that says less than the others was forgotten."""
    line = re.compile(r"^((?:Protect|Private|Restrict|System|Capab|NoNew|Lock|Remove).*)$", re.MULTILINE)
    said = [set(line.findall(unit.read_text())) for unit in (DEPLOY / "systemd").glob("*.service")]
    assert [lines ^ said[0] for lines in said] == [set()] * 5
    assert len(said[0]) > 20


def test_image_runs_as_somebody_who_does_not_own_the_code() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    orders = [line.split()[0] for line in lines if line[:1].isupper()]
    assert ("COPY . ." in lines, "HEALTHCHECK" in orders) == (True, True)
    assert lines.index("COPY . .") < lines.index("USER jamsite")


def test_kubernetes_selects_the_pods_that_it_makes() -> None:
    every = documents(DEPLOY / "kubernetes" / "jamsite.yaml")
    made = [one["spec"]["template"]["metadata"]["labels"] for one in every if one["kind"] == "Deployment"]
    wanted = [one["spec"]["selector"] for one in every if one["kind"] == "Service"]
    wanted += [one["spec"]["selector"]["matchLabels"] for one in every if one["kind"] == "PodDisruptionBudget"]
    assert [labels for labels in wanted if labels not in made] == []
