"""Imports point down, as the contracts in pyproject.toml say: between packages and between the roles inside an app."""

import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest
from django.conf import settings

LINTER = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES, INSIDE_APPS = LINTER["contracts"][:2]
OUTSIDE_THE_ROLES = {
    "accounts.host_group": "called after every migrate: what the group may do is data, not an act",
    "accounts.login_form": "a form of Django's admin site, set in apps.py",
    "accounts.permissions": "the permission check of an API token, for the APIs of all apps",
    "jams.public_urls": "builds addresses from a request, for views of every kind",
    "jobs.periodic": "a part of the queue itself: which periodic jobs are due",
    "jobs.queue": "the queue itself",
    "jobs.worker": "the process that runs jobs",
    "search.rate_limits": "one limit that the search page and its API share",
    "songs.cells": "how people and programs write the cells of a song list, for the list of fields and the import",
    "songs.fields": "the one list of a song's public fields, which models, services and views read",
    "songs.instruments": "the instruments in memory, which models, services and views name",
    "songs.parts": "the parts of a band, which models, services and views name",
    "songs.shipped_instruments": "the instruments that the project ships: data",
}
DJANGO_FOLDERS = {"migrations", "management"}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """The import graph of our own code, read again for each run; imports inside functions count too."""
    return grimp.build_graph(*LINTER["root_packages"], cache_dir=None)


def rows(contract: dict) -> list[set[str]]:
    """Return the names of each row of a layers contract, from the top down."""
    return [{name.strip("() ") for name in row.replace("|", ":").split(":")} for row in contract["layers"]]


def imports(graph: grimp.ImportGraph) -> list[tuple[str, str]]:
    return [(module, other) for module in graph.modules for other in graph.find_modules_directly_imported_by(module)]


def test_imports_between_packages_point_down(graph: grimp.ImportGraph) -> None:
    height = {package: -number for number, row in enumerate(rows(PACKAGES)) for package in row}
    tops = [(module.split(".")[0], other.split(".")[0], f"{module} -> {other}") for module, other in imports(graph)]
    assert [arrow for top, below, arrow in tops if top != below and height[top] <= height[below]] == []


def test_import_graph_has_no_cycle(graph: grimp.ImportGraph) -> None:
    """Not between packages, and not between two modules of one package: `prepare` raises CycleError with the cycle."""
    below: dict[str, set[str]] = {}
    for module, other in imports(graph):
        below.setdefault(module, set()).add(other)
    TopologicalSorter(below).prepare()
    tops = [(module.split(".")[0], other.split(".")[0]) for module, other in imports(graph)]
    packages = {top: {other for package, other in tops if package == top != other} for top, _other in tops}
    TopologicalSorter(packages).prepare()
    assert len(packages) > 1


def test_contracts_cover_every_package_and_make_no_exception() -> None:
    folders = {path.parent.name for path in Path(settings.BASE_DIR).glob("*/__init__.py")}
    assert folders - {"tests", "bench", "tools"} == set(LINTER["root_packages"])
    assert set().union(*rows(PACKAGES)) == set(LINTER["root_packages"])
    assert [contract["name"] for contract in LINTER["contracts"] if "ignore_imports" in contract] == []


def test_every_module_of_an_app_has_a_role(graph: grimp.ImportGraph) -> None:
    roles = set().union(*rows(INSIDE_APPS)) | DJANGO_FOLDERS
    modules = {module for app in INSIDE_APPS["containers"] for module in graph.find_children(app)}
    assert {module for module in modules if module.split(".")[1] not in roles} == set(OUTSIDE_THE_ROLES)
