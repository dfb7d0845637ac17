from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jams.models import JamStatus
from tests.builders import make_entry, make_jam, make_venue
from venues.models import Venue

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbour():
    return make_venue(name="Harbour", slug="harbour", address="1 Quay Street", time_zone="Pacific/Auckland")


def coming_jam(venue: Venue, *, days: int = 3):
    return make_jam(venue=venue, starts_at=timezone.now() + timedelta(days=days), status=JamStatus.SCHEDULED)


# -- All venues -------------------------------------------------------------------------------------------


def test_venue_list_is_sorted_and_counts_current_jams(client, harbour):
    make_venue(name="Attic")
    coming_jam(harbour)
    make_jam(venue=harbour)
    make_jam(venue=harbour, starts_at=timezone.now() - timedelta(days=5))  # left open by mistake
    response = client.get("/venues/")
    rows = [(venue.name, venue.on_count, venue.upcoming_count) for venue in response.context["page"].rows]
    assert (rows, response.text.count(">on now<")) == ([("Attic", 0, 0), ("Harbour", 1, 1)], 1)


def test_venue_list_without_venues_says_so(client):
    assert "No venues yet." in client.get("/venues/").content.decode()


def test_venue_list_is_paginated(client):
    for _ in range(25):
        make_venue()
    sizes = [len(client.get(f"/venues/?page={number}").context["page"].rows) for number in (1, 2)]
    assert (sizes, client.get("/venues/?page=3").status_code) == ([24, 1], 404)


def test_venue_list_leaves_out_archived_venues_that_keep_their_page(client):
    make_venue(slug="gone", archived=True)
    page = client.get("/venues/gone/").content.decode()
    assert (client.get("/venues/").context["page"].rows, ">archived<" in page) == ([], True)


@pytest.mark.parametrize("rows", [1, 30])
def test_venue_list_takes_one_query(client, django_assert_num_queries, rows):
    for _ in range(rows):
        coming_jam(make_venue())
    with django_assert_num_queries(1):
        client.get("/venues/")


# -- A venue ----------------------------------------------------------------------------------------------


def test_venue_detail_shows_address_and_time_zone(client, harbour):
    page = client.get("/venues/harbour/").content.decode()
    assert [word in page for word in ("Harbour", "1 Quay Street", "local (Auckland)")] == [True, True, True]


def test_venue_detail_orders_upcoming_and_past_jams(client, harbour):
    later, sooner = coming_jam(harbour, days=5), coming_jam(harbour, days=2)
    old = make_jam(venue=harbour, starts_at=timezone.now() - timedelta(days=30), status=JamStatus.ENDED)
    live = make_jam(venue=harbour)
    coming_jam(make_venue())
    context = client.get("/venues/harbour/").context
    assert [list(context[part]) for part in ("on_now", "coming", "past")] == [[live], [sooner, later], [old]]


def test_venue_detail_shows_times_in_its_time_zone(client, harbour):
    make_jam(venue=harbour, starts_at=datetime(2026, 7, 3, 7, tzinfo=UTC), status=JamStatus.ENDED)
    assert "19:00 NZST" in client.get("/venues/harbour/").content.decode()


def test_venue_detail_without_jams_says_so(client, harbour):
    assert "No jams planned here yet." in client.get("/venues/harbour/").content.decode()


def test_venue_detail_shows_twelve_jams_each_way_and_links_the_rest(client, harbour):
    for day in range(1, 14):
        coming_jam(harbour, days=day)
        make_jam(venue=harbour, starts_at=timezone.now() - timedelta(days=day), status=JamStatus.ENDED)
    response = client.get("/venues/harbour/")
    assert (len(response.context["coming"]), len(response.context["past"])) == (12, 12)
    assert 'href="/jams/?venue=harbour"' in response.content.decode()


def test_venue_detail_escapes_the_description(client):
    make_venue(slug="odd", description="<script>alert(1)</script>\n\nSecond paragraph")
    page = client.get("/venues/odd/").content.decode()
    assert ("<script>alert" in page, "<p>Second paragraph</p>" in page) == (False, True)


def test_venue_detail_of_an_unknown_venue_is_404(client):
    assert client.get("/venues/nowhere/").status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_venue_detail_takes_four_queries(client, django_assert_num_queries, harbour, rows):
    for day in range(1, rows + 1):
        make_entry(jam=coming_jam(harbour, days=day))
        make_entry(jam=make_jam(venue=harbour))
    with django_assert_num_queries(4):
        client.get("/venues/harbour/")


def test_venue_pages_show_no_chord_sheets(client, harbour):
    make_entry(jam=coming_jam(harbour), chord_url="https://chords.example/jam")
    pages = [client.get(path).content.decode() for path in ("/venues/", "/venues/harbour/")]
    assert ["chords.example" in page for page in pages] == [False, False]
