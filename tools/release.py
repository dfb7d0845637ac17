"""`make release`: pack this version for others, the same bytes on every machine.

It writes into dist/: a wheel, the requirements that it runs on, an archive of what the image is built from, the list of
the libraries (an SBOM in CycloneDX's format), and checksums. Times are that of the commit, and the owner is root.
"""

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from core.version import VERSION

ROOT = Path(__file__).resolve().parent.parent
LOCK = "deploy/s3.lock"  # what the image installs
DATED = re.compile(rf"^## \[{re.escape(VERSION)}\] - \d{{4}}-\d\d-\d\d$", re.MULTILINE)
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def main() -> None:
    """Write dist/, or end with one sentence if what is packed would not be what a commit holds."""
    if ask_git("status", "--porcelain"):
        sys.exit("Commit your changes first: a release is what a commit holds.")
    if not DATED.search((ROOT / "CHANGELOG.md").read_text()):
        sys.exit(f"CHANGELOG.md has no section [{VERSION}] with a date. docs/releasing.md has the steps.")
    folder = ROOT / "dist"
    folder.mkdir(exist_ok=True)
    seconds = int(ask_git("log", "-1", "--format=%ct"))
    packed = {
        f"jamsite-{VERSION}-py3-none-any.whl": build_wheel(seconds),
        f"jamsite-{VERSION}-requirements.lock": (ROOT / LOCK).read_bytes(),
        f"jamsite-{VERSION}.tar.gz": build_archive(seconds),
        f"jamsite-{VERSION}.cdx.json": build_sbom(),
    }
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in packed.items())
    for name, content in {**packed, "SHA256SUMS": sums.encode()}.items():
        (folder / name).write_bytes(content)
        sys.stdout.write(f"dist/{name} ({len(content):,} bytes)\n")


def is_in_image(path: str) -> bool:
    """Whether `COPY . .` takes `path`. Docker matches whole paths: a folder's pattern also covers what is in it."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    parts = path.split("/")
    folders = ["/".join(parts[: number + 1]) for number in range(len(parts))]
    return not any(fnmatch(folder, pattern.replace("**/", "")) for folder in folders for pattern in ignored)


def list_context() -> list[str]:
    """Return the paths of the files in the commit that the image is built from, sorted."""
    return [path for path in sorted(ask_git("ls-files").splitlines()) if is_in_image(path)]


def build_wheel(seconds: int) -> bytes:
    """Return the wheel that hatchling builds as pyproject.toml says, in which everything was changed at `seconds`."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(seconds)}
    with tempfile.TemporaryDirectory() as folder:
        line = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
        subprocess.run(line, cwd=ROOT, env=environment, check=True, capture_output=True)
        (wheel,) = Path(folder).iterdir()
        return wheel.read_bytes()


def build_archive(seconds: int) -> bytes:
    """Return the context as a .tar.gz in which everything was changed at `seconds` since 1970, by root."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in list_context():
            content = (ROOT / path).read_bytes()
            member = tarfile.TarInfo(f"jamsite-{VERSION}/{path}")
            member.size, member.mtime = len(content), seconds
            member.mode = 0o755 if os.access(ROOT / path, os.X_OK) else 0o644
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=seconds)


def build_sbom() -> bytes:
    """Return the libraries of the image with their exact versions, as CycloneDX 1.6 in JSON."""
    libraries = PINNED.findall((ROOT / LOCK).read_text())
    bom: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "jamsite", "version": VERSION}},
        "components": [
            {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}
            for name, version in libraries
            for purl in [f"pkg:pypi/{name.lower()}@{version}"]
        ],
    }
    return json.dumps(bom, indent=2).encode()


def ask_git(*words: str) -> str:
    return subprocess.check_output(["git", *words], cwd=ROOT, text=True).strip()  # noqa: S607  (git is on the path)


if __name__ == "__main__":
    main()
