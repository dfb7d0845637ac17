"""Which index serves which query: `python -m tests.explain` writes docs/database.md.

It loads the big demo into scratch databases, SQLite and PostgreSQL, visits every page without a cache, and asks each
database how it answers what was asked of it. A big table that is read from end to end makes it fail.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BIG = 1000  # rows; below that reading all of a table may well be the quickest way
OR_ALL = " or all of it"
PAGES = {
    "jams:list": ("", "?page=2", "?when=coming", "?when=past", "?venue={venue}", "?date={day}"),
    "songs:list": ("", "?page=2", "?order=artist", "?order=plays"),
    "search:page": ("?q=amber", "?q=abmer+lantren"),
}
ALIAS = re.compile(r'"(\w+)" (?:AS )?"?([A-Z]\d+)\b')
STEP = re.compile(  # of a plan of SQLite
    r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?(?:INDEX (\w+)|(INTEGER PRIMARY KEY))| VIRTUAL TABLE (INDEX))?"
)
COLUMN = re.compile(r'"(\w+)" (?:=|<|>|<=|>=|IN|IS|LIKE)(?![A-Z])')


@dataclass
class Plan:
    """How one query is answered: the index used for each table ("-" for none), and what is wrong with that."""

    asked_by: str
    question: str
    indexes: dict[str, str] = field(default_factory=dict)
    rows: int | None = None  # read from tables and indexes; only PostgreSQL tells
    trouble: list[str] = field(default_factory=list)


Statement = tuple[str, Any]


def plans() -> list[Plan]:
    """Return how this database answers every query of every page, and those that outside clients need."""
    from jams.models import Jam
    from jamsite.demo.scale import HOT

    jam = Jam.objects.select_related("venue").get(slug=HOT)
    _analyze()
    asked = [*_questions(jam), *_pages(jam)]
    return [_plan(who, statement) for who, statement in asked]


def _questions(jam: Any) -> Iterator[tuple[str, Statement]]:
    from jams.models import Attendee, Entry, Jam, JamStatus
    from songs.models import Song
    from venues.models import Venue
    from votes.models import Vote

    entry, person = jam.entries.order_by("pk")[0], Attendee.objects.order_by("pk")[0]
    latest = Entry.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-pk")
    wanted = {
        "a jam by its slug": Jam.objects.filter(slug=jam.slug),
        "a venue's jams": Jam.objects.filter(venue=jam.venue).order_by("-starts_at", "-pk")[:25],
        "jams by creation": Jam.objects.order_by("-created_at", "-pk")[:25],
        "jams by status": Jam.objects.filter(status=JamStatus.LIVE).order_by("-starts_at", "-pk")[:25],
        "votes by jam": Vote.objects.filter(entry__jam=jam).order_by(),
        "votes by song": Vote.objects.filter(entry__song=entry.song_id).order_by(),
        "votes by attendee": Vote.objects.filter(attendee=person).order_by(),
        "votes by jam and song": Vote.objects.filter(entry__jam=jam, entry__song=entry.song_id).order_by(),
        "songs by title": Song.objects.order_by("title", "artist", "pk")[:25],
        "songs by artist": Song.objects.order_by("artist", "title", "pk")[:25],
        "songs by times played": Song.objects.order_by("-times_played", "title", "pk")[:25],
        "venues by name": Venue.objects.order_by("name", "pk")[:25],
        "entries by jam": Entry.objects.filter(jam=jam).order_by(),
        "entries by song": Entry.objects.filter(song=entry.song_id).order_by(),
        "entries by when they were played": latest[:25],
        "the chord sheet of a song at a jam": Entry.objects.filter(jam=jam, song=entry.song_id).values("chord_url"),
    }
    for question, rows in wanted.items():
        yield question, rows.query.sql_with_params()


def _pages(jam: Any) -> Iterator[tuple[str, Statement]]:
    """Visit every page as a stranger and as somebody who votes; yield what it asks of the database."""
    from django.test import Client
    from django.test.utils import override_settings

    from tests.pages import PERSONAL, PUBLIC, World

    entry = jam.entries.order_by("pk")[0]
    world = World(jam=jam, venue=jam.venue, song=entry.song, entry=entry)
    browser, asked = Client(), {"venue": jam.venue.slug, "day": jam.local_start.date()}
    nothing_kept = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    with override_settings(CACHES=nothing_kept):
        heart = world.address("votes:heart")
        yield from listen("a vote", lambda: browser.put(heart))
        yield from listen("a vote taken back", lambda: browser.delete(heart))
        for name in [*PUBLIC, *PERSONAL]:
            for query in PAGES.get(name, ("",)):
                address = world.address(name) + query.format(**asked)
                yield from listen(name + query, lambda address=address: browser.get(address))


def listen(who: str, visit: Callable[[], Any]) -> Iterator[tuple[str, Statement]]:
    from django.db import connection

    heard: list[Statement] = []

    def note(execute: Callable, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            heard.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = visit()
    if answer.status_code >= 400:
        raise RuntimeError(f"{who} was answered with {answer.status_code}.")
    for statement in heard:
        yield who, statement


def _plan(who: str, statement: Statement) -> Plan:
    from django.db import connection

    plan = Plan(who, _words(statement[0]))
    read = _read_postgresql if connection.vendor == "postgresql" else _read_sqlite
    read(plan, *statement)
    return plan


def _words(sql: str) -> str:
    """Say what a statement reads, and by which columns."""
    tables = dict.fromkeys(re.findall(r'(?:FROM|JOIN) "(\w+)"', sql))
    conditions = dict.fromkeys(column for part in sql.split(" WHERE ")[1:] for column in COLUMN.findall(part))
    return ", ".join(tables) + (f" by {', '.join(conditions)}" if conditions else "")


def _sizes() -> dict[str, int]:
    from django.apps import apps

    return {model._meta.db_table: model._default_manager.count() for model in apps.get_models()}


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")


def _big_tables() -> set[str]:
    return {table for table, size in _sizes().items() if size >= BIG}


# -- PostgreSQL -------------------------------------------------------------------------------------------


def _read_postgresql(plan: Plan, sql: str, params: Any) -> None:
    """Take the plan that PostgreSQL prefers; where it reads all of a big table, see whether an index would serve."""
    nodes, big = list(explained(sql, params)), _big_tables()
    plan.rows = sum(map(rows_read, nodes))
    plan.indexes = _indexes_of(nodes)
    whole = {node["table"] for node in nodes if node["Node Type"] == "Seq Scan"} & big
    if whole:
        others = list(explained(sql, params, whole_tables=False))
        served = {node["table"] for node in others if "Index Name" in node and "Index Cond" in node}
        plan.indexes |= {table: f"{index}{OR_ALL}" for table, index in _indexes_of(others).items() if table in whole}
        plan.trouble += [f"reads all of {table}" for table in sorted(whole - served)]


def explained(sql: str, params: Any, *, whole_tables: bool = True) -> Iterator[dict[str, Any]]:
    """Yield the nodes of the plan by which PostgreSQL answered a statement, each with the table that it reads."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for habit in () if whole_tables else ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{habit} = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    yield from _nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def _nodes(node: dict[str, Any], table: str = "") -> Iterator[dict[str, Any]]:
    table = node.get("Relation Name", table)
    yield {**node, "table": table}
    for below in node.get("Plans", []):
        yield from _nodes(below, table)


def _indexes_of(nodes: list[dict[str, Any]]) -> dict[str, str]:
    read = [node for node in nodes if "Index Name" in node or node["Node Type"] == "Seq Scan"]
    return {node["table"]: node.get("Index Name", "-") for node in read}


def rows_read(node: dict[str, Any]) -> int:
    """Return how many rows a node of a plan took from its table or index."""
    if node["Node Type"] not in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"):
        return 0
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return round((node["Actual Rows"] + removed) * node["Actual Loops"])


# -- SQLite -----------------------------------------------------------------------------------------------


def _read_sqlite(plan: Plan, sql: str, params: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        lines = [row[3] for row in cursor.fetchall()]
    names, big = {alias: table for table, alias in ALIAS.findall(sql)}, _big_tables()
    for line in lines:
        found = STEP.match(line)
        if not found or found[2] == "CONSTANT":
            continue
        table = names.get(found[2], found[2])
        plan.indexes[table] = found[3] or ("the primary key" if found[4] else "full text" if found[5] else "-")
        if found[1] == "SCAN" and not found[3] and table in big:
            plan.trouble.append(f"reads all of {table}")


# -- The page in the docs ---------------------------------------------------------------------------------


def main() -> int:
    """Write docs/database.md; return how many queries no index serves."""
    if "--here" in sys.argv:
        print(json.dumps([asdict(plan) for plan in _on_the_big_demo()]))
        return 0
    from jamsite.devservers import postgresql

    with tempfile.TemporaryDirectory(prefix="jamsite-explain-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        lite = _elsewhere(folder / "lite", f"sqlite:///{folder / 'big.sqlite3'}")
        with postgresql(folder / "postgresql", durable=False) as url:
            postgres = _elsewhere(folder / "pg", url)
    (ROOT / "docs" / "database.md").write_text(document(postgres, lite))
    bad = [f"{plan.asked_by}: {plan.question}: {', '.join(plan.trouble)}" for plan in postgres + lite if plan.trouble]
    print("\n".join(bad) or f"{len(postgres)} queries, an index for each.")
    return len(bad)


def _on_the_big_demo() -> list[Plan]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0, interactive=False)
    call_command("seed_demo", scale=True, stdout=sys.stderr)
    return plans()


def _elsewhere(data: Path, database_url: str) -> list[Plan]:
    changes = {
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "-m", "tests.explain", "--here"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **changes}, check=True, stdout=subprocess.PIPE)
    return [Plan(**plan) for plan in json.loads(done.stdout.splitlines()[-1])]


INTRODUCTION = """# Database

Which index serves which query. `python -m tests.explain` writes this page: it loads the demo of `seed_demo --scale`
(2,000 jams, 5,000 songs, 200 venues, one jam with 60 songs and 5,000 votes) into both databases, visits every page
without a cache and asks for the plan of every query. It fails when a table of 1,000 rows or more is read from end to
end; the test suite does the same on a smaller demo. "Rows" is what PostgreSQL read, counted in tables and indexes.

A table that stands without an index is small: to read it at once is the quickest way. "Or all of it" stands where
PostgreSQL found that quicker on this demo, because most of the table is wanted, and an index serves when it is not. The
index's columns are in the models, each with a comment that says what it is for. `..._alike` is a function of PostgreSQL
that looks words up by an index of trigrams; `tests/jamsite/test_textindex.py` asks for the plan of that.
"""


def document(postgres: list[Plan], lite: list[Plan]) -> str:
    """Return docs/database.md."""
    lines = [INTRODUCTION, "| Asked by | Query | PostgreSQL | Rows | SQLite |", "|---|---|---|---|---|"]
    for plan, other in zip(postgres, lite, strict=True):
        cells = [plan.asked_by, plan.question, _indexes(plan), str(plan.rows), _indexes(other)]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _indexes(plan: Plan) -> str:
    return (
        ", ".join(f"{table}: `{index}`".replace(f"{OR_ALL}`", f"`{OR_ALL}") for table, index in plan.indexes.items())
        or "-"
    )


if __name__ == "__main__":
    sys.exit(main())
