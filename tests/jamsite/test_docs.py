"""The docs name only what exists: links, files, modules, functions, and tests as proof."""

import ast
import importlib
import re
import tomllib
from functools import reduce
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

from tests.servers import ROOT

PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
FOLDERS = [*PACKAGES, "bench", "deploy", "docs", "locale", "static", "templates", "tests", "tools"]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/adr/*.md")])
SECURITY = ROOT / "docs" / "security.md"

CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"")
PATH = re.compile(rf"(?<![\w./-])((?:{'|'.join(FOLDERS)})/[\w./-]*)")
DOTTED = re.compile(rf"(?<![\w./-])((?:{'|'.join([*PACKAGES, 'bench', 'tests', 'tools'])})(?:\.[A-Za-z_]\w*)+)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
COMMAND = re.compile(r"(?:(?<!\w)make|manage\.py) [a-z_-]+")
#: What looks like the name of a module and is none: ids of checks, permissions, names of files.
NO_MODULE = re.compile(r"\w+\.([EW]\d{3}|(add|change|delete|view)_\w+|csv|json)$")
#: Files that a walk in development.md tells the reader to create.
TO_BE_MADE = {"deploy/.env", "locale/fr/LC_MESSAGES", "locale/fr/LC_MESSAGES/django.po"}

of_pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def code_in(page: Path) -> str:
    return "\n".join(CODE.findall(page.read_text()))


def exists(name: str) -> bool:
    """Whether `name`, like "jams.services.undo.WINDOW" or "songs.Song", can be imported or is a model."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:count])
        if path.with_suffix(".py").exists() or (path / "__init__.py").exists():
            break
    module = importlib.import_module(".".join(parts[:count]))
    try:
        reduce(getattr, parts[count:], module)
    except AttributeError:
        return len(parts) == 2 and parts[1].lower() in apps.all_models.get(parts[0], {})
    return True


def functions_in(path: str) -> set[str]:
    return {node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)}


@of_pages
def test_links_lead_to_files(page: Path) -> None:
    links = [first or second for first, second in LINK.findall(page.read_text())]
    inside = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in inside if not (page.parent / link).exists()] == []


@of_pages
def test_named_files_exist(page: Path) -> None:
    named = {path.rstrip("./") for path in PATH.findall(code_in(page))}
    assert [path for path in sorted(named - TO_BE_MADE) if not (ROOT / path).exists()] == []


@of_pages
def test_named_modules_and_functions_exist(page: Path) -> None:
    named = {name for name in DOTTED.findall(code_in(page)) if not NO_MODULE.match(name)}
    assert [name for name in sorted(named) if not exists(name)] == []


@of_pages
def test_named_tests_exist(page: Path) -> None:
    named = TEST.findall(page.read_text())
    assert [(path, name) for path, name in named if name not in functions_in(path)] == []


@of_pages
def test_named_commands_exist(page: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    known = {f"make {target}" for target in targets} | {f"manage.py {command}" for command in get_commands()}
    assert sorted(set(COMMAND.findall(code_in(page))) - known) == []


def test_docs_are_read() -> None:
    """The patterns above find what they look for."""
    text = "\n".join(map(code_in, PAGES))
    assert (len(PAGES) > 25, len(PATH.findall(text)) > 150, len(DOTTED.findall(text)) > 40) == (True, True, True)
    assert (len(TEST.findall(SECURITY.read_text())) > 20, len(COMMAND.findall(text)) > 30) == (True, True)
    assert (exists("jams.services.undo.WINDOW"), exists("jams.services.undo.NOTHING")) == (True, False)


def test_every_package_is_in_the_readme_and_in_the_diagram() -> None:
    diagram = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    readme = (ROOT / "README.md").read_text()
    assert [package for package in PACKAGES if f"`{package}/`" not in readme] == []
    assert [package for package in PACKAGES if not re.search(rf"^(?:\w+ \| )?{package}\b", diagram, re.MULTILINE)] == []


def test_every_decision_is_in_the_index() -> None:
    records = {path.name for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")}
    assert {link for link, _ in LINK.findall((ROOT / "docs" / "adr" / "README.md").read_text())} >= records


def test_every_row_of_proof_names_a_test() -> None:
    rows = re.findall(r"^\| (.*) \|$", SECURITY.read_text().partition("## What a test proves")[2], re.MULTILINE)
    told = [row for row in rows if not row.startswith(("---", "ASVS", "Input", "Attack "))]
    assert len(told) > 40
    assert [row for row in told if "`tests/" not in row] == []
