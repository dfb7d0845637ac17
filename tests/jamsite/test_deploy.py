"""What `deploy/` starts has to be there, and what it sets has to be read."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.core.management.base import CommandParser
from django.utils.module_loading import import_string

from core.version import VERSION
from tests.servers import ROOT

DEPLOY = ROOT / "deploy"
SETTINGS = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "jamsite" / "settings.py").read_text()))
PLACEHOLDERS = {"POSTGRES_PASSWORD", "SITE_ADDRESS", "OUTER_PROXY"}  # PostgreSQL's and Caddy's own


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
    elif program == "manage":
        assert command[1] in get_commands()
    else:
        assert (program, command[1]) == ("python", "manage.py")
        assert command[2] in get_commands()


def test_the_script_of_the_units_stays_with_its_release(tmp_path: Path) -> None:
    """Called by a link, it names the folder that the link led to: soon the link leads elsewhere."""
    release = tmp_path / "releases" / "1.0.0"
    told = release / ".venv" / "bin" / "python"
    (release / "deploy").mkdir(parents=True)
    told.parent.mkdir(parents=True)
    told.write_text('#!/bin/sh\necho "$0 $(pwd -P) $*"\n')
    told.chmod(0o755)
    shutil.copy(DEPLOY / "manage", release / "deploy" / "manage")
    (tmp_path / "current").symlink_to("releases/1.0.0")
    said = subprocess.check_output([tmp_path / "current/deploy/manage", "check", "--deploy"], text=True)
    assert said == f"{told.resolve()} {release.resolve()} manage.py check --deploy\n"


def test_units_of_servers_wait_until_they_are_ready() -> None:
    """Otherwise `systemctl restart` of the next one would stop a site whose first is not there yet."""
    waits = {
        unit.name: re.findall(r"^ExecStartPost=curl .* --fail .*(http://\S+)$", unit.read_text(), re.MULTILINE)
        for unit in (DEPLOY / "systemd").glob("*.service")
    }
    assert {name: asked for name, asked in waits.items() if asked} == {
        "jamsite.service": ["http://127.0.0.1:${PORT}/readyz"],
        "jamsite-pages@.service": ["http://127.0.0.1:%i/readyz"],
        "jamsite-sockets@.service": ["http://127.0.0.1:%i/readyz"],
    }


def test_servers_are_given_time_to_drain_and_to_finish() -> None:
    """What a unit waits for at its end is longer than what its server takes."""
    for name, finishing in (("jamsite-pages@", 30), ("jamsite-sockets@", 11)):
        text = (DEPLOY / "systemd" / f"{name}.service").read_text()
        seconds = {key: int(value) for key, value in re.findall(r"(DRAIN_SECONDS|TimeoutStopSec)=(\d+)", text)}
        assert seconds["TimeoutStopSec"] > seconds["DRAIN_SECONDS"] + finishing


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


def test_compose_works_behind_a_proxy_that_has_the_certificate() -> None:
    """Caddy would call its requests unencrypted, and each page would lead to itself for ever."""
    services = documents(DEPLOY / "compose.yaml")[0]["services"]
    assert services["front"]["environment"]["OUTER_PROXY"] == "${OUTER_PROXY:-127.0.0.1/32}"
    assert services["pages"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"
    caddyfile = (DEPLOY / "caddy" / "compose.Caddyfile").read_text()
    assert caddyfile.count("trusted_proxies {$OUTER_PROXY:127.0.0.1/32}") == 1
    assert caddyfile.count("reverse_proxy {") == caddyfile.count("import visitor") == 2


def test_containers_wait_for_every_server_that_they_are_told_of() -> None:
    services = documents(DEPLOY / "compose.yaml")[0]["services"]
    for name in ("pages", "sockets", "worker", "backup"):
        told = re.findall(r"(?:@|//)(\w+):\d+/", " ".join(services[name]["environment"].values()))
        waits = {*services[name]["depends_on"], *services["migrate"]["depends_on"]}
        assert (len(told), set(told) - waits) == (3, set()), name


def test_every_setting_reaches_every_container_of_ours() -> None:
    """A setting that is named nowhere in the file was lost on its way: now all of .env gets through."""
    services = documents(DEPLOY / "compose.yaml")[0]["services"]
    ours = [name for name, service in services.items() if "build" in service]
    assert [services[name].get("env_file") for name in ours] == [".env"] * 5


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


def manifests(*kinds: str) -> list[dict[str, Any]]:
    return [one for one in documents(DEPLOY / "kubernetes" / "jamsite.yaml") if one["kind"] in kinds]


def containers() -> dict[str, dict[str, Any]]:
    found = [one["spec"]["template"]["spec"]["containers"] for one in manifests("Deployment", "Job")]
    return {container["name"]: container for (container,) in found}


def test_kubernetes_names_the_image_in_one_place() -> None:
    (kustomization,) = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    (image,) = kustomization["images"]
    assert (kustomization["resources"], image["newTag"]) == (["jamsite.yaml"], VERSION)
    assert {container["image"] for container in containers().values()} == {image["name"]}


def test_kubernetes_restarts_no_pod_because_of_its_database() -> None:
    """Only what a process answers by itself may end it, and it is asked again for a minute before."""
    told = containers()
    probes = {name: told[name]["livenessProbe"] for name in ("pages", "sockets", "worker")}
    assert probes["pages"]["tcpSocket"] == {"port": 8000}
    assert probes["sockets"]["httpGet"]["path"] == "/livez"
    assert told["worker"]["env"][0]["value"] in probes["worker"]["exec"]["command"][-1]
    assert [name for name, one in probes.items() if one["periodSeconds"] * one["failureThreshold"] < 60] == []
    assert [name for name in probes if "startupProbe" not in told[name]] == []


def test_kubernetes_spreads_scales_and_fences_its_pods() -> None:
    spread = {
        one["spec"]["template"]["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"]["part"]
        for one in manifests("Deployment")
        if "topologySpreadConstraints" in one["spec"]["template"]["spec"]
    }
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in manifests("HorizontalPodAutoscaler")}
    assert (spread, scaled) == ({"pages", "sockets"}, {"jamsite-pages", "jamsite-sockets"})
    (policy,) = manifests("NetworkPolicy")
    labels = [one["spec"]["template"]["metadata"]["labels"] for one in manifests("Deployment", "Job")]
    fence = policy["spec"]["podSelector"]["matchLabels"]
    assert ([one for one in labels if not fence.items() <= one.items()], len(labels)) == ([], 4)
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_kubernetes_leads_sockets_to_daphne_and_the_rest_to_gunicorn() -> None:
    (route,) = manifests("HTTPRoute")
    leads = {rule["matches"][0]["path"]["value"]: rule["backendRefs"][0]["name"] for rule in route["spec"]["rules"]}
    assert leads == {"/ws/": "jamsite-sockets", "/": "jamsite-pages"}
    services = {one["metadata"]["name"] for one in manifests("Service")}
    assert set(leads.values()) == services


def test_compose_backs_up_every_day_into_a_volume() -> None:
    compose = documents(DEPLOY / "compose.yaml")[0]
    backup = compose["services"]["backup"]
    options = create_parser("backup").parse_args(backup["command"][3:])
    (volume,) = backup["volumes"]
    name, folder = volume.split(":")
    assert (str(options.to.parent), options.daily_at, name in compose["volumes"]) == (folder, timedelta(hours=5), True)


def create_parser(command: str) -> CommandParser:
    loaded = load_command_class(get_commands()[command], command)
    return loaded.create_parser("manage.py", command)


def test_kubernetes_selects_the_pods_that_it_makes() -> None:
    every = documents(DEPLOY / "kubernetes" / "jamsite.yaml")
    made = [one["spec"]["template"]["metadata"]["labels"] for one in every if one["kind"] == "Deployment"]
    wanted = [one["spec"]["selector"] for one in every if one["kind"] == "Service"]
    wanted += [one["spec"]["selector"]["matchLabels"] for one in every if one["kind"] == "PodDisruptionBudget"]
    assert [labels for labels in wanted if labels not in made] == []
