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


def test_venues_are_listed_by_name_with_their_coming_jams_counted(client, harbour):
    make_venue(name="Attic")
    coming_jam(harbour)
    make_jam(venue=harbour)
    rows = client.get("/venues/").context["page"].rows
    assert [(venue.name, venue.coming_count) for venue in rows] == [("Attic", 0), ("Harbour", 1)]


def test_a_site_without_venues_says_so(client):
    assert "No venues yet." in client.get("/venues/").content.decode()


def test_venues_come_in_pages(client):
    for _ in range(25):
        make_venue()
    sizes = [len(client.get(f"/venues/?page={number}").context["page"].rows) for number in (1, 2)]
    assert (sizes, client.get("/venues/?page=3").status_code) == ([24, 1], 404)


def test_an_archived_venue_is_not_listed_but_its_page_answers(client):
    make_venue(slug="gone", archived=True)
    page = client.get("/venues/gone/").content.decode()
    assert (client.get("/venues/").context["page"].rows, ">archived<" in page) == ([], True)


@pytest.mark.parametrize("rows", [1, 30])
def test_the_list_takes_one_query(client, django_assert_num_queries, rows):
    for _ in range(rows):
        coming_jam(make_venue())
    with django_assert_num_queries(1):
        client.get("/venues/")


# -- A venue ----------------------------------------------------------------------------------------------


def test_a_venue_tells_where_it_is_and_on_which_clock(client, harbour):
    page = client.get("/venues/harbour/").content.decode()
    assert [word in page for word in ("Harbour", "1 Quay Street", "local (Auckland)")] == [True, True, True]


def test_a_venue_shows_its_own_jams_soonest_ahead_and_latest_behind(client, harbour):
    later, sooner = coming_jam(harbour, days=5), coming_jam(harbour, days=2)
    old = make_jam(venue=harbour, starts_at=timezone.now() - timedelta(days=30), status=JamStatus.ENDED)
    live = make_jam(venue=harbour)
    coming_jam(make_venue())
    context = client.get("/venues/harbour/").context
    assert (list(context["coming"]), list(context["begun"])) == ([sooner, later], [live, old])


def test_a_venue_shows_its_jams_on_its_own_clock(client, harbour):
    make_jam(venue=harbour, starts_at=datetime(2026, 7, 3, 7, tzinfo=UTC), status=JamStatus.ENDED)
    assert "19:00 NZST" in client.get("/venues/harbour/").content.decode()


def test_a_venue_without_jams_says_so(client, harbour):
    assert "No jams planned here yet." in client.get("/venues/harbour/").content.decode()


def test_a_venue_shows_twelve_jams_each_way_and_leads_to_the_rest(client, harbour):
    for day in range(1, 14):
        coming_jam(harbour, days=day)
        make_jam(venue=harbour, starts_at=timezone.now() - timedelta(days=day))
    response = client.get("/venues/harbour/")
    assert (len(response.context["coming"]), len(response.context["begun"])) == (12, 12)
    assert 'href="/jams/?venue=harbour"' in response.content.decode()


def test_a_description_is_text_and_never_markup(client):
    make_venue(slug="odd", description="<script>alert(1)</script>\n\nSecond paragraph")
    page = client.get("/venues/odd/").content.decode()
    assert ("<script>alert" in page, "<p>Second paragraph</p>" in page) == (False, True)


def test_a_venue_that_is_not_there_is_404(client):
    assert client.get("/venues/nowhere/").status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_a_venue_takes_three_queries(client, django_assert_num_queries, harbour, rows):
    for day in range(1, rows + 1):
        make_entry(jam=coming_jam(harbour, days=day))
        make_entry(jam=make_jam(venue=harbour))
    with django_assert_num_queries(3):
        client.get("/venues/harbour/")


def test_the_pages_of_venues_tell_nothing_of_chord_sheets(client, harbour):
    make_entry(jam=coming_jam(harbour), chord_url="https://chords.example/jam")
    pages = [client.get(path).content.decode() for path in ("/venues/", "/venues/harbour/")]
    assert ["chords.example" in page for page in pages] == [False, False]
