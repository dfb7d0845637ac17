"""Check the lock files: complete, hashed, in step with the requirements lists, and free of known vulnerabilities."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS_OF_LOCK = {
    "requirements.lock": ["requirements.txt"],
    "tests/requirements.lock": ["requirements.txt", "deploy/s3.txt", "tests/requirements.txt"],
    "deploy/s3.lock": ["requirements.txt", "deploy/s3.txt"],
}
DEVELOPERS = "\n# For developers"  # begins the part of requirements.txt that no image has
IN_IMAGE = "deploy/s3.lock"
AUDIT_TIMEOUT_SECONDS = 60  # seconds for the whole audit; each answer of the vulnerability database may take 5
Pins = dict[str, Requirement]


def main() -> int:
    """Print every fault; return the number of faults and failed audits."""
    faults = [fault for lock, lists in REQUIREMENTS_OF_LOCK.items() for fault in find_faults(lock, lists)]
    print("\n".join(faults) or "Every lock matches its lists.")
    return len(faults) + audit_lock("tests/requirements.lock")


def find_faults(lock: str, lists: list[str]) -> Iterator[str]:
    """Yield what is wrong with `lock`, which must contain everything that `lists` pin; `make lock` repairs it."""
    text = (ROOT / lock).read_text()
    locked = parse_pins(text)
    wanted: Pins = {}
    for name in lists:
        listed = (ROOT / name).read_text()
        wanted |= parse_pins(listed.partition(DEVELOPERS)[0] if lock == IN_IMAGE else listed)
    yield from (
        f"{lock}: {name} is not locked as it is pinned" for name in wanted if has_other_pin(name, locked, wanted)
    )
    yield from (f"{lock}: {name} has no hash" for name in locked if not re.search(hash_pattern(locked[name]), text))
    yield from (
        f"{lock}: {name}, which {of} needs, is not there"
        for name, of in list_dependencies(locked)
        if name not in locked
    )
    yield from (f"{lock}: says where to load from: {line}" for line in text.splitlines() if re.search(r"^-|://", line))


def parse_pins(text: str) -> Pins:
    """Return the pins of a requirements list or a lock that apply to this Python, by canonical name."""
    lines = [line.rstrip("\\ ") for line in text.splitlines() if re.match(r"[A-Za-z0-9]", line)]
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one for one in found if one.marker is None or one.marker.evaluate()}


def has_other_pin(name: str, locked: Pins, wanted: Pins) -> bool:
    """Return whether the lock lacks a wanted package or pins another version of it."""
    return name not in locked or locked[name].specifier != wanted[name].specifier


def hash_pattern(pin: Requirement) -> str:
    """Return a pattern that matches the lock's entry for `pin` when at least one hash follows it."""
    return rf"(?m)^{re.escape(pin.name)}{re.escape(str(pin.specifier))}\b.*\\\n +--hash=sha256:[0-9a-f]{{64}}"


def list_dependencies(locked: Pins) -> Iterator[tuple[str, str]]:
    """Yield (dependency, package that requires it) for each locked package, from its installed metadata."""
    for name in locked:
        for line in distribution(name).requires or []:
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                yield canonicalize_name(need.name), name


def audit_lock(lock: str) -> int:
    """Return 1 when a locked package has a known vulnerability, 0 when none has or the database is unreachable."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--vulnerability-service",
        "osv",
        "--timeout",
        "5",
        "--progress-spinner",
        "off",
    ]
    command += ["--disable-pip", "--require-hashes", "--requirement", lock]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=AUDIT_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return report_missing_audit("it does not answer in time")
    if done.returncode and "known vulnerabilit" not in done.stderr:
        return report_missing_audit(done.stderr.strip().rpartition("\n")[2].partition(":")[0])
    print(done.stdout, done.stderr, sep="")
    return done.returncode


def report_missing_audit(reason: str) -> int:
    """Print why there was no audit; a missing network must not fail the check."""
    print(f"NOT AUDITED: pip-audit could not reach its service ({reason}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
