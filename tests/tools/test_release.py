"""What `make release` packs: all that a site runs on, nothing else, and the same bytes every time."""

import hashlib
import io
import json
import tarfile

from core.version import VERSION
from tests.servers import ROOT
from tools.locks import parse_pins
from tools.release import build_archive, build_sbom, list_context

SECRETS = (".env", ".key", ".pem", ".sqlite3", "secret_key")


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


def test_archive_holds_each_file_of_the_context_as_it_is() -> None:
    unpacked, paths = unpack(), list_context()
    assert len(unpacked) == len(paths) > 300
    assert [path for path in paths if unpacked[f"jamsite-{VERSION}/{path}"] != (ROOT / path).read_bytes()] == []


def test_sbom_names_every_library_with_its_version() -> None:
    bom = json.loads(build_sbom())
    assert bom["metadata"]["component"]["version"] == VERSION
    listed = {component["name"].lower(): f"=={component['version']}" for component in bom["components"]}
    pinned = parse_pins((ROOT / "requirements.txt").read_text())
    assert len(pinned) > 20
    assert {name: listed.get(name) for name in pinned} == {name: str(one.specifier) for name, one in pinned.items()}
