"""docs/security.md names tests as proof: they have to be there."""

import ast
import re

from tests.servers import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)
FILES = re.findall(r"`((?:jams|jamsite|votes|songs|tests|deploy)/[\w/]*(?:\.\w+)?)`", TEXT)


def names_in(path: str) -> set[str]:
    return {node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)}


def test_every_file_that_is_named_is_there() -> None:
    assert len(FILES) > 20
    assert [name for name in [*FILES, *dict(NAMED)] if not (ROOT / name).exists()] == []


def test_every_test_that_is_named_as_proof_is_there() -> None:
    proofs = [(path, name) for path, name in NAMED if name]
    assert len(proofs) > 20
    assert [(path, name) for path, name in proofs if name not in names_in(path)] == []


def test_every_row_of_proof_names_a_test() -> None:
    rows = re.findall(r"^\| (.*) \|$", TEXT.partition("## What a test proves")[2], re.MULTILINE)
    told = [row for row in rows if not row.startswith(("---", "ASVS", "Input"))]
    assert len(told) > 40
    assert [row for row in told if "`tests/" not in row] == []
