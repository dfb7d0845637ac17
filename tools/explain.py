"""Check which index serves which query: `python -m tools.explain` writes docs/database.md.

It loads the large demo into temporary SQLite and PostgreSQL databases, requests every page without a cache, and has
each database explain every query. It fails on a full scan of a large table.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db.models import QuerySet

ROOT = Path(__file__).resolve().parent.parent
BIG_TABLE_ROWS = 1000  # rows; a full scan of a smaller table may well be the fastest plan
OR_ALL = " or all of it"
PAGE_QUERIES = {
    "jams:list": ("", "?when=coming", "?when=past", "?when=past&page=2", "?venue={venue}", "?date={day}"),
    "songs:list": ("", "?page=2", "?order=artist", "?order=plays"),
    "search:page": ("?q=amber", "?q=abmer+lantren"),
}
ALIAS_PATTERN = re.compile(r'"(\w+)" (?:AS )?"?([A-Z]\d+)\b')
SQLITE_STEP_PATTERN = re.compile(  # one line of EXPLAIN QUERY PLAN in SQLite
    r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?(?:INDEX (\w+)|(INTEGER PRIMARY KEY))| VIRTUAL TABLE (INDEX))?"
)
CONDITION_PATTERN = re.compile(r'"(\w+)" (?:=|<|>|<=|>=|IN|IS|LIKE)(?![A-Z])')


@dataclass
class Plan:
    """The plan of one query: the index used for each table ("-" for none), and its problems."""

    source: str  # the page or client that needs the query
    query: str
    indexes: dict[str, str] = field(default_factory=dict)
    rows: int | None = None  # read from tables and indexes; SQLite does not report it
    problems: list[str] = field(default_factory=list)


Statement = tuple[str, Any]


def read_plans() -> list[Plan]:
    """Return the plans of every query of every page, and of the queries that external clients need."""
    from demo.scale import HOT_JAM_SLUG
    from jams.models import Jam

    jam = Jam.objects.select_related("venue").get(slug=HOT_JAM_SLUG)
    _analyze()
    queries = [*_external_queries(jam), *_page_queries(jam)]
    return [_explain_statement(source, statement) for source, statement in queries]


def _external_queries(jam: Any) -> Iterator[tuple[str, Statement]]:
    """Yield the queries that external clients need, each with a description."""
    from jams.models import Attendee, Entry, Jam, JamStatus
    from songs.models import Song
    from venues.models import Venue
    from votes.models import Vote

    entry, person = jam.entries.order_by("pk")[0], Attendee.objects.order_by("pk")[0]
    latest = Entry.objects.filter(finished_at__isnull=False).order_by("-finished_at", "-pk")
    queries: dict[str, QuerySet[Any, Any]] = {
        "a jam by its slug": Jam.objects.filter(slug=jam.slug),
        "a venue's jams": Jam.objects.filter(venue=jam.venue).order_by("-starts_at", "-pk")[:25],
        "jams by creation": Jam.objects.order_by("-created_at", "-pk")[:25],
        "jams by status": Jam.objects.filter(status=JamStatus.LIVE).order_by("-starts_at", "-pk")[:25],
        "votes by jam": Vote.objects.filter(entry__jam=jam).order_by(),
        "votes by song": Vote.objects.filter(entry__song=entry.song_id).order_by(),
        "votes by attendee": Vote.objects.filter(attendee=person).order_by(),
        "votes by jam and song": Vote.objects.filter(entry__jam=jam, entry__song=entry.song_id).order_by(),
        "songs by title": Song.objects.order_by("title_order", "artist_order", "pk")[:25],
        "songs by artist": Song.objects.order_by("artist_order", "title_order", "pk")[:25],
        "songs by times played": Song.objects.order_by("-times_played", "title_order", "pk")[:25],
        "venues by name": Venue.objects.order_by("name_order", "pk")[:25],
        "entries by jam": Entry.objects.filter(jam=jam).order_by(),
        "entries by song": Entry.objects.filter(song=entry.song_id).order_by(),
        "entries by when they were played": latest[:25],
        "the chord sheet of a song at a jam": Entry.objects.filter(jam=jam, song=entry.song_id).values("chord_url"),
    }
    for description, rows in queries.items():
        yield description, rows.query.sql_with_params()


def _page_queries(jam: Any) -> Iterator[tuple[str, Statement]]:
    """Request every page as an anonymous visitor and as a voter; yield the statements that it executes."""
    from django.test import Client
    from django.test.utils import override_settings

    from jams.models import Jam, JamStatus
    from tests.pages import PERSONAL, PUBLIC, World

    entry = jam.entries.select_related("song").order_by("pk")[0]
    past = Jam.objects.filter(status=JamStatus.ENDED).order_by("-starts_at", "pk")[0]
    past.recap_public = True
    past.save(update_fields=["recap_public"])
    world = World(jam=jam, past=past, venue=jam.venue, song=entry.song, entry=entry, series=jam.venue.series.get())
    browser, asked = Client(), {"venue": jam.venue.slug, "day": jam.local_start.date()}
    nothing_kept = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    with override_settings(CACHES=nothing_kept):
        heart = world.address("votes:heart")
        yield from capture_selects("a vote", lambda: browser.put(heart))
        yield from capture_selects("a vote taken back", lambda: browser.delete(heart))
        for name in [*PUBLIC, *PERSONAL]:
            for query in PAGE_QUERIES.get(name, ("",)):
                address = world.address(name) + query.format(**asked)
                yield from capture_selects(name + query, partial(browser.get, address))


def capture_selects(source: str, visit: Callable[[], Any]) -> Iterator[tuple[str, Statement]]:
    """Yield each SELECT that `visit()` executes. Raises RuntimeError when it returns an error response."""
    from django.db import connection

    statements: list[Statement] = []

    def capture(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            statements.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(capture):
        response = visit()
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise RuntimeError(f"The response to {source} has status {response.status_code}.")
    for statement in statements:
        yield source, statement


def _explain_statement(source: str, statement: Statement) -> Plan:
    from django.db import connection

    plan = Plan(source, _summarise_statement(statement[0]))
    read = _read_postgresql if connection.vendor == "postgresql" else _read_sqlite
    read(plan, *statement)
    return plan


def _summarise_statement(sql: str) -> str:
    """Return the tables that a statement reads, and the columns of its conditions."""
    tables = dict.fromkeys(re.findall(r'(?:FROM|JOIN) "(\w+)"', sql))
    conditions = dict.fromkeys(
        column for part in sql.split(" WHERE ")[1:] for column in CONDITION_PATTERN.findall(part)
    )
    return ", ".join(tables) + (f" by {', '.join(conditions)}" if conditions else "")


def _count_rows() -> dict[str, int]:
    from django.apps import apps

    return {model._meta.db_table: model._default_manager.count() for model in apps.get_models()}


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")


def _big_tables() -> set[str]:
    return {table for table, size in _count_rows().items() if size >= BIG_TABLE_ROWS}


# -- PostgreSQL -------------------------------------------------------------------------------------------


def _read_postgresql(plan: Plan, sql: str, params: Any) -> None:
    """Read the plan that PostgreSQL chose; where it scans a big table, check whether an index could serve instead."""
    nodes, big = list(explain_in_postgresql(sql, params)), _big_tables()
    plan.rows = sum(map(count_rows_read, nodes))
    plan.indexes = _read_indexes(nodes)
    whole = {node["table"] for node in nodes if node["Node Type"] == "Seq Scan"} & big
    if whole:
        others = list(explain_in_postgresql(sql, params, whole_tables=False))
        served = {node["table"] for node in others if "Index Name" in node and "Index Cond" in node}
        plan.indexes |= {table: f"{index}{OR_ALL}" for table, index in _read_indexes(others).items() if table in whole}
        plan.problems += [f"reads all of {table}" for table in sorted(whole - served)]


def explain_in_postgresql(sql: str, params: Any, *, whole_tables: bool = True) -> Iterator[dict[str, Any]]:
    """Execute a statement in PostgreSQL and yield the nodes of its plan, each with the table that it reads.

    With `whole_tables=False` the planner avoids full scans and the joins that rest on them.
    """
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for habit in () if whole_tables else ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{habit} = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    yield from _walk_nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def _walk_nodes(node: dict[str, Any], table: str = "") -> Iterator[dict[str, Any]]:
    table = node.get("Relation Name", table)
    yield {**node, "table": table}
    for below in node.get("Plans", []):
        yield from _walk_nodes(below, table)


def _read_indexes(nodes: list[dict[str, Any]]) -> dict[str, str]:
    read = [node for node in nodes if "Index Name" in node or node["Node Type"] == "Seq Scan"]
    return {node["table"]: node.get("Index Name", "-") for node in read}


def count_rows_read(node: dict[str, Any]) -> int:
    """Return how many rows a plan node read from its table or index, including those that it filtered out."""
    if node["Node Type"] not in ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"):
        return 0
    removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return round(float((node["Actual Rows"] + removed) * node["Actual Loops"]))


# -- SQLite -----------------------------------------------------------------------------------------------


def _read_sqlite(plan: Plan, sql: str, params: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        lines = [row[3] for row in cursor.fetchall()]
    names, big = {alias: table for table, alias in ALIAS_PATTERN.findall(sql)}, _big_tables()
    for line in lines:
        found = SQLITE_STEP_PATTERN.match(line)
        if not found or found[2] == "CONSTANT":
            continue
        table = str(names.get(found[2], found[2]))
        plan.indexes[table] = found[3] or ("the primary key" if found[4] else "full text" if found[5] else "-")
        if found[1] == "SCAN" and not found[3] and table in big:
            plan.problems.append(f"reads all of {table}")


# -- The page in the docs ---------------------------------------------------------------------------------


def main() -> int:
    """Write docs/database.md; return the number of queries that no index serves."""
    if "--here" in sys.argv:
        print(json.dumps([asdict(plan) for plan in _plans_of_big_demo()]))
        return 0
    from operations.server.dev_databases import run_postgresql

    with tempfile.TemporaryDirectory(prefix="jamsite-explain-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        lite = _plans_from_subprocess(folder / "lite", f"sqlite:///{folder / 'big.sqlite3'}")
        with run_postgresql(folder / "postgresql", durable=False) as url:
            postgres = _plans_from_subprocess(folder / "pg", url)
    (ROOT / "docs" / "database.md").write_text(render_document(postgres, lite))
    bad = [f"{plan.source}: {plan.query}: {', '.join(plan.problems)}" for plan in postgres + lite if plan.problems]
    print("\n".join(bad) or f"{len(postgres)} queries, an index for each.")
    return len(bad)


def _plans_of_big_demo() -> list[Plan]:
    """Load the big demo into the configured database and return its plans."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import override_settings

    call_command("migrate", verbosity=0, interactive=False)
    call_command("seed_demo", scale="large", stdout=sys.stderr)
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        return read_plans()


def _plans_from_subprocess(data: Path, database_url: str) -> list[Plan]:
    """Return the plans of the big demo on another database, from a process with its settings."""
    changes = {
        "DATABASE_URL": database_url,
        "REDIS_URL": "",
        "DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "-m", "tools.explain", "--here"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **changes}, check=True, stdout=subprocess.PIPE)
    return [Plan(**plan) for plan in json.loads(done.stdout.splitlines()[-1])]


INTRODUCTION = """# Database

This page is generated: do not edit it, run `python -m tools.explain`.

Which index serves which query. The command loads the demo of `seed_demo --scale`
(2,000 jams, 5,000 songs, 200 venues, one jam with 60 songs and 5,000 votes) into both databases, requests every page
without a cache and asks for the plan of every query. It fails on a full scan of a table with 1,000 rows or more; the
test suite does the same on a smaller demo. "Rows" is what PostgreSQL read from tables and indexes.

A table listed without an index is small, so a full scan is the fastest plan. "Or all of it" marks a query that
needs most of a table on this demo: PostgreSQL preferred a full scan, and the index serves when fewer rows match. The
models list each index's columns with a comment about its purpose. `..._alike` is a PostgreSQL function that looks
words up in a trigram index; `tests/core/test_fulltext_index.py` checks its plan.
"""


def render_document(postgres: list[Plan], lite: list[Plan]) -> str:
    """Return docs/database.md."""
    lines = [INTRODUCTION, "| Asked by | Query | PostgreSQL | Rows | SQLite |", "|---|---|---|---|---|"]
    for plan, other in zip(postgres, lite, strict=True):
        cells = [plan.source, plan.query, _format_indexes(plan), str(plan.rows), _format_indexes(other)]
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _format_indexes(plan: Plan) -> str:
    return (
        ", ".join(f"{table}: `{index}`".replace(f"{OR_ALL}`", f"`{OR_ALL}") for table, index in plan.indexes.items())
        or "-"
    )


if __name__ == "__main__":
    sys.exit(main())
