"""The tests that each of the two runs of `make test` has; docs/development.md tells which ones run once.

A run that is told nothing has all of them, so that whoever names a test gets it on every database.
"""

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

USE_A_DATABASE = {"db", "transactional_db", "django_db_setup"}  # fixtures; all others with a database ask for these


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--share", metavar="FOLDER", type=Path, help="Run only the share of one of two runs.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "cache: uses the cache, but no database; runs on Valkey as well")
    config.addinivalue_line("markers", "everywhere: shows in a browser what both databases have to do")
    config.addinivalue_line("markers", "once: is about a server, whatever its database; runs on either")
    if folder := config.getoption("--share"):
        config.pluginmanager.register(Share(folder))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out on PostgreSQL what uses neither a database nor the cache: the run on SQLite has it."""
    if connection.vendor == "sqlite":
        return
    kept = [item for item in items if uses_a_database_or_the_cache(item)]
    config.hook.pytest_deselected(items=list(set(items).difference(kept)))
    items[:] = kept


def uses_a_database_or_the_cache(item: pytest.Item) -> bool:
    return bool(USE_A_DATABASE & find_fixtures(item) or {"django_db", "cache"} & find_marks(item))


def runs_once(item: pytest.Item) -> bool:
    """Return whether it does not matter on which database this test runs: a page in a browser, a server's manners.

    A test without any database is the run's on SQLite alone.
    """
    marks = find_marks(item)
    is_of_a_page = "browser" in find_fixtures(item) and "everywhere" not in marks
    return uses_a_database_or_the_cache(item) and ("once" in marks or is_of_a_page)


def find_fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


def find_marks(item: pytest.Item) -> set[str]:
    return {mark.name for mark in item.iter_markers()}


class Share:
    """One of two runs that begin with their own tests, and then take what has to run once, one file after the other.

    So both end at about the same time on every machine. A file in `folder` says that a file of tests is taken.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: list[list[pytest.Item]] = []
        self.taken: list[str] = []  # names of files, in the order in which they ran

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        files: dict[Path, list[pytest.Item]] = {}
        for item in filter(runs_once, items):
            files.setdefault(item.path, []).append(item)
        self.files = list(files.values())
        items[:] = [item for item in items if not runs_once(item)]
        if len(items) < 2:
            raise pytest.UsageError("A run that shares needs two tests of its own: it takes files behind them.")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Take a file before the last test begins, so that pytest knows what comes behind it."""
        while self.files and nextitem is item.session.items[-1]:
            self.take(item.session, self.files.pop(0))

    def take(self, session: pytest.Session, file: list[pytest.Item]) -> None:
        """Add the tests of a file to this run's, unless the other run has taken it."""
        with suppress(FileExistsError):
            name = file[0].nodeid.partition("::")[0]
            (self.folder / quote(name, safe="")).touch(exist_ok=False)
            self.taken.append(name)
            session.items.extend(file)
            session.testscollected += len(file)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what ran here, and in which order, so that a failure can be repeated."""
        terminalreporter.write_line("Shared files that this run took: " + (" ".join(self.taken) or "none"))
