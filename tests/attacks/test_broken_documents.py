"""A broken file of a jam is refused with one sentence, whatever is broken, and leaves nothing behind."""

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import timezone

from exports.jam_transfer import export_jam
from jams.models import EntryStatus
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song, make_vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DOCUMENTS = 400
WRONG: list[Any] = [
    None, True, -1, 2**31, 2**63, 10**400, 1e308, "", "x", "x" * 3000, "\x00", "\ud800", "9999-99-99", [], [1], {},
    {"id": {}}, [[[[]]]],
]  # fmt: skip
NOT_DOCUMENTS = [
    b"", b"null", b"[]", b"{}", b'"text"', b"{", b"\xff\xfe\x00", b"\x00", b"[" * 100_000, b'{"a":' * 100_000,
    b"9" * 5_000, b'{"version": 1}', b'{"version": 1, "venue": NaN}', b'{"version": 2}',
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a document."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from places(below, (*path, key))


def break_document(document: dict[str, Any], number: int) -> str:
    """Return the document with one thing missing, replaced, doubled or cut off; the same for the same number."""
    chance = random.Random(number)
    if chance.random() < 0.1:
        text = json.dumps(document)
        return text[: chance.randrange(len(text))]
    broken = deepcopy(document)
    *way, last = chance.choice(sorted(places(broken), key=str))
    parent: Any = broken
    for step in way:
        parent = parent[step]
    if chance.random() < 0.3:
        del parent[last]
    else:
        parent[last] = chance.choice(WRONG)
    return json.dumps(broken)


def count_rows() -> dict[str, int]:
    return {model.__name__: model._base_manager.count() for model in apps.get_models()}


@pytest.fixture
def document() -> dict[str, Any]:
    """An exported jam with a row of every kind."""
    jam = make_jam(name="Friday", slug="friday")
    dana = make_attendee(jam=jam, name="Dana")
    entry = make_entry(jam=jam, song=make_song(parts=[{"part": "drums"}]), suggested_by=dana)
    make_performance(entry=entry, attendee=dana, part="drums")
    make_vote(entry=entry)
    make_entry(jam=jam, status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    found: dict[str, Any] = json.loads(export_jam(jam))
    jam.delete()
    return found


@pytest.fixture
def load(tmp_path: Path) -> Callable[[bytes], str]:
    """Import a file; return the sentence with which it was refused, or "" if it was imported."""

    def load(content: bytes) -> str:
        file = tmp_path / "jam.json"
        file.write_bytes(content)
        try:
            call_command("import_jam", file, slug="copy", verbosity=0)
        except CommandError as error:
            return str(error).replace(str(file), "It")
        return ""

    return load


def test_broken_documents_are_refused_with_a_sentence(document: dict[str, Any], load: Callable[[bytes], str]) -> None:
    """353 of 400 ended in a traceback."""
    before, refused = count_rows(), 0
    for number in range(DOCUMENTS):
        sentence = load(break_document(document, number).encode(errors="surrogatepass"))
        refused += bool(sentence)
        if sentence:
            assert (sentence[:22], sentence[-1], "\n" in sentence) == ("It cannot be imported.", ".", False)
            assert count_rows() == before
        else:  # what was missing or changed can be done without
            apps.get_model("jams", "Jam").objects.get(slug="copy").delete()
            apps.get_model("songs", "Song").objects.all().delete()
            apps.get_model("venues", "Venue").objects.all().delete()
            before = count_rows()
    assert refused > DOCUMENTS / 2


@pytest.mark.parametrize("content", NOT_DOCUMENTS, ids=range(len(NOT_DOCUMENTS)))
def test_other_files_are_refused_with_a_sentence(content: bytes, load: Callable[[bytes], str]) -> None:
    before = count_rows()
    assert load(content).startswith("It cannot be imported. It ")
    assert count_rows() == before
