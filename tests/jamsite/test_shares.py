"""What runs once runs in one of the two runs of `make test`, whichever comes to it first."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.shares import Share, runs_once

FILES = {"a.py": ["a1", "a2"], "b.py": ["b1"], "c.py": ["c1", "c2", "c3"]}


def make_items(session: Any, file: str, names: list[str]) -> list[Any]:
    return [SimpleNamespace(name=name, nodeid=f"{file}::{name}", session=session) for name in names]


def run(folder: Path, *own: str) -> Iterator[str]:
    """Yield the tests of one run as pytest runs them: it knows which one is next before one begins."""
    session: Any = SimpleNamespace(testscollected=len(own))
    session.items = make_items(session, "own.py", list(own))
    share = Share(folder)
    share.files = [make_items(session, file, names) for file, names in FILES.items()]
    for number, item in enumerate(session.items):
        following = session.items[number + 1] if number + 1 < len(session.items) else None
        share.pytest_runtest_protocol(item, following)
        yield item.name
    assert session.testscollected == len(session.items)


def test_two_runs_have_their_own_tests_and_each_file_once(tmp_path: Path) -> None:
    slow, quick = run(tmp_path, "s1", "s2", "s3"), run(tmp_path, "q1", "q2")
    began = next(slow)  # and has not come to the last but one, before which it takes a file
    assert list(quick) == ["q1", "q2", "a1", "a2", "b1", "c1", "c2", "c3"]
    assert [began, *slow] == ["s1", "s2", "s3"]


def test_runs_that_are_equally_fast_take_turns(tmp_path: Path) -> None:
    one, other = run(tmp_path, "s1", "s2"), run(tmp_path, "q1", "q2")
    taken = [name for pair in zip(one, other, strict=False) for name in pair]
    taken += [*one, *other]
    assert sorted(taken) == sorted(["s1", "s2", "q1", "q2", *(name for names in FILES.values() for name in names)])


@pytest.mark.parametrize(
    ("fixtures", "marks", "expected"),
    [
        (("phone", "browser", "transactional_db"), (), True),
        (("phone", "browser", "transactional_db"), ("everywhere",), False),
        (("server", "transactional_db"), ("once",), True),
        (("server", "transactional_db"), (), False),
        (("tmp_path",), ("once",), False),
    ],
)
def test_runs_once_is_said_of_pages_and_servers_on_a_database(
    fixtures: tuple[str, ...], marks: tuple[str, ...], expected: bool
) -> None:
    item: Any = SimpleNamespace(
        fixturenames=fixtures, iter_markers=lambda: [getattr(pytest.mark, name).mark for name in marks]
    )
    assert runs_once(item) is expected
