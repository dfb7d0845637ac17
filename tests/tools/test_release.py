"""What `make release` packs: all that a site runs on, nothing else, and the same bytes every time."""

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from datetime import date
from pathlib import Path

import pytest

from core.version import VERSION
from tests.servers import ROOT
from tools.locks import DEVELOPERS, parse_pins
from tools.release import build_archive, build_sbom, build_wheel, list_context

SECRETS = (".env", ".key", ".pem", ".sqlite3", "secret_key")
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
IN_WHEEL = {*PACKAGES, "gunicorn.conf.py", "locale", "manage.py", "static", "templates"}


def unpack() -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(build_archive(1_800_000_000))) as archive:
        files = {member.name: archive.extractfile(member) for member in archive}
        return {name: file.read() for name, file in files.items() if file}


def test_archive_holds_the_site_without_tests_and_secrets() -> None:
    paths = [name.removeprefix(f"jamsite-{VERSION}/") for name in unpack()]
    folders = {path.split("/")[0] for path in paths}
    assert {"manage.py", "gunicorn.conf.py", "templates", "static", "locale", "deploy", "core", "LICENSE"} <= folders
    assert folders & {"tests", "bench", "tools", "var", ".venv", ".git"} == set()
    kept = {"docs/production.env"}  # an example, whose key no public site accepts
    assert [path for path in paths if path.endswith(SECRETS) and path not in kept] == []


def test_archive_has_the_same_bytes_every_time() -> None:
    first, second, later = (hashlib.sha256(build_archive(at)).hexdigest() for at in (1, 1, 2))
    assert (first == second, first == later) == (True, False)


def test_archive_keeps_the_script_of_the_units_executable() -> None:
    with tarfile.open(fileobj=io.BytesIO(build_archive(1))) as archive:
        modes = {member.name.partition("/")[2]: member.mode for member in archive}
    assert (modes["deploy/manage"], modes["core/version.py"]) == (0o755, 0o644)


def test_archive_holds_each_file_of_the_context_as_it_is() -> None:
    unpacked, paths = unpack(), list_context()
    assert len(unpacked) == len(paths) > 300
    assert [path for path in paths if unpacked[f"jamsite-{VERSION}/{path}"] != (ROOT / path).read_bytes()] == []


def test_sbom_names_every_library_with_its_version() -> None:
    bom = json.loads(build_sbom())
    assert bom["metadata"]["component"]["version"] == VERSION
    listed = {component["name"].lower(): f"=={component['version']}" for component in bom["components"]}
    pinned = parse_pins((ROOT / "requirements.txt").read_text().partition(DEVELOPERS)[0])
    assert len(pinned) > 20
    assert {name: listed.get(name) for name in pinned} == {name: str(one.specifier) for name, one in pinned.items()}


@pytest.fixture(scope="module")
def wheel() -> bytes:
    return build_wheel(1_800_000_000)


def test_wheel_has_the_same_bytes_every_time(wheel: bytes) -> None:
    assert (build_wheel(1_800_000_000) == wheel, build_wheel(1_700_000_000) == wheel) == (True, False)


def test_wheel_holds_the_code_of_the_image_and_nothing_else(wheel: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel)) as packed:
        about = f"jamsite-{VERSION}.dist-info"
        files = {name: packed.read(name) for name in packed.namelist() if not name.startswith(about)}
        assert f"Name: jamsite\nVersion: {VERSION}\n" in packed.read(f"{about}/METADATA").decode()
    wanted = [path for path in list_context() if path.split("/")[0] in IN_WHEEL]
    assert {path.split("/")[0] for path in files} == IN_WHEEL
    assert [path for path in wanted if files.get(path) != (ROOT / path).read_bytes()] == []
    assert [path for path in files if path.endswith((*SECRETS, ".pyc"))] == []


def test_wheel_is_a_site_that_runs_from_any_folder(wheel: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(wheel)) as packed:
        packed.extractall(tmp_path / "site")
        entry = packed.read(f"jamsite-{VERSION}.dist-info/entry_points.txt").decode()
    assert "jamsite = manage:main" in entry
    line = [sys.executable, "-m", "manage", "collectstatic", "--no-input", "--verbosity", "0"]
    own = {"PYTHONPATH": str(tmp_path / "site"), "DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(line, cwd=tmp_path, env=own, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "data/static/staticfiles.json").exists()


def test_changelog_dates_this_version_and_begins_with_upgrade_notes() -> None:
    sections = re.findall(r"^## \[(\d[^]]*)\] - (\S+)$.*?^### ([^\n]+)$", CHANGELOG, re.MULTILINE | re.DOTALL)
    version, day, first = sections[0]
    assert (version, first) == (VERSION, "Upgrade notes")
    assert date.fromisoformat(day) >= date(2026, 11, 27)
