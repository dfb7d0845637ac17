"""The lock files match the requirements lists, and installations use only them."""

import re
from pathlib import Path

import pytest

from tools import locks

LOCK = "requirements.lock"


@pytest.mark.parametrize("lock", locks.REQUIREMENTS_OF_LOCK)
def test_find_faults_accepts_the_locks_of_the_project(lock: str) -> None:
    assert list(locks.find_faults(lock, locks.REQUIREMENTS_OF_LOCK[lock])) == []


@pytest.mark.parametrize(
    ("pattern", "instead", "fault"),
    [
        (r"^django==6.1.3", "django==6.1.2", "django is not locked as it is pinned"),
        (r"^(segno==\S+) \\\n(    --hash=\S+( \\)?\n)+", r"\1\n", "segno has no hash"),
        (r"^sqlparse==.*\\\n(    --hash=\S+( \\)?\n)+", "", "sqlparse, which django needs, is not there"),
        (
            r"\A",
            "--index-url https://packages.example\n",
            "says where to load from: --index-url https://packages.example",
        ),
    ],
)
def test_find_faults_reports_each_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, instead: str, fault: str
) -> None:
    text = (locks.ROOT / LOCK).read_text()
    (tmp_path / LOCK).write_text(re.sub(pattern, instead, text, count=1, flags=re.MULTILINE))
    (tmp_path / "requirements.txt").write_text((locks.ROOT / "requirements.txt").read_text())
    monkeypatch.setattr(locks, "ROOT", tmp_path)
    assert f"{LOCK}: {fault}" in set(locks.find_faults(LOCK, ["requirements.txt"]))


def test_image_gets_no_package_of_developers() -> None:
    serve, _, developers = (locks.ROOT / "requirements.txt").read_text().partition(locks.DEVELOPERS)
    in_image = locks.parse_pins((locks.ROOT / locks.IN_IMAGE).read_text())
    assert locks.parse_pins(serve).keys() <= in_image.keys()
    assert (len(locks.parse_pins(developers)), locks.parse_pins(developers).keys() & in_image.keys()) == (2, set())


def test_make_and_the_image_install_only_from_locks() -> None:
    installed = [
        line
        for name in ("Makefile", "deploy/Dockerfile")
        for line in (locks.ROOT / name).read_text().splitlines()
        if "pip install" in line and "uv==" not in line and "bench/" not in line
    ]
    assert len(installed) == 4
    locked = re.compile(r"--require-hashes --no-deps --requirement \S+\.lock$")
    assert [line for line in installed if not locked.search(line)] == []
