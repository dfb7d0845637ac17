"""Queries stay cheap as the data grows: an index serves each, and a first page reads what it shows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from demo.scale import Scale, seed_scale
from jams.models import Entry, Jam, JamStatus
from songs.models import Song
from tools import explain
from venues.models import Venue

pytestmark = pytest.mark.django_db

FIRST_PAGES = ["/", "/jams/", "/jams/?when=coming", "/jams/?when=past", "/songs/", "/songs/?order=plays", "/venues/"]


def test_no_page_reads_a_big_table_from_end_to_end() -> None:
    seed_scale(Scale(jams=200, songs=1200, venues=40, hot_votes=1500), now=timezone.now())
    found = explain.read_plans()
    assert len(found) > 40
    assert [(plan.source, plan.query, plan.problems) for plan in found if plan.problems] == []


def test_a_query_without_an_index_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "BIG_TABLE_ROWS", 3)
    fill(jams=5, songs=5, venues=5)
    statement = Song.objects.filter(chord_state="broken").order_by().query.sql_with_params()
    assert explain._explain_statement("nobody", statement).problems == ["reads all of songs_song"]


def fill(*, jams: int, songs: int, venues: int) -> None:
    """Have that many rows; the first 40 jams lie ahead, eight hours apart."""
    now, have = timezone.now(), Venue.objects.count()
    places = Venue.objects.bulk_create(Venue(name=f"Venue {n}", slug=f"venue-{n}") for n in range(have, venues))
    titles = Song.objects.bulk_create(Song(title=f"Song {n}", artist="A") for n in range(Song.objects.count(), songs))
    nights = []
    for n in range(Jam.objects.count(), jams):
        starts_at = now + timedelta(hours=8 * (40 - n) - 4)
        status = JamStatus.SCHEDULED if starts_at > now else JamStatus.ENDED
        ends_at = starts_at + timedelta(hours=3)
        venue = places[n % len(places)]
        nights.append(
            Jam(
                name="Jam",
                slug=f"jam-{n}",
                code=f"c{n}",
                venue=venue,
                status=status,
                starts_at=starts_at,
                ends_at=ends_at,
            )
        )
    nights = Jam.objects.bulk_create(nights)
    Entry.objects.bulk_create(Entry(jam=jam, song=titles[n % len(titles)]) for n, jam in enumerate(nights))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.fixture
def cost(client: Client, settings: Any) -> Callable[[str], int]:
    """What a page asks of the database when nothing is kept: rows on PostgreSQL, steps of its machine on SQLite."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

    def measure(address: str) -> int:
        asked = [statement for _, statement in explain.capture_selects(address, lambda: client.get(address))]
        about_lists = [(sql, params) for sql, params in asked if "LIMIT" in sql]  # the choice of venues is kept apart
        return sum(
            rows(*statement) if connection.vendor == "postgresql" else steps(*statement) for statement in about_lists
        )

    return measure


def rows(sql: str, params: Any) -> int:
    return sum(map(explain.count_rows_read, explain.explain_in_postgresql(sql, params, whole_tables=False)))


def steps(sql: str, params: Any) -> int:
    counted = []
    with connection.cursor() as cursor:
        connection.connection.set_progress_handler(lambda: counted.append(1), 1)
        cursor.execute(sql, params)
        cursor.fetchall()
        connection.connection.set_progress_handler(None, 1)
    return len(counted)


def test_first_pages_cost_no_more_when_there_is_more_behind_them(cost: Callable[[str], int]) -> None:
    """PostgreSQL takes one index or another, so twice as much is allowed; the tables grow to many times their rows."""
    fill(jams=80, songs=50, venues=30)
    few = {address: cost(address) for address in FIRST_PAGES}
    fill(jams=2000, songs=5000, venues=200)
    many = {address: cost(address) for address in FIRST_PAGES}
    assert min(few.values()) > 0
    assert {address: (few[address], many[address]) for address in many if many[address] > few[address] * 2} == {}
