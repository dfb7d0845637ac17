from datetime import timedelta

import pytest
from django.utils import timezone
from icalendar import Calendar

from jams.models import EntryStatus, JamStatus
from tests.builders import make_entry, make_jam, make_song, make_venue

pytestmark = pytest.mark.django_db


def events(client, path):
    response = client.get(path)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(response.content).walk("VEVENT")


def test_calendar_contains_the_jam(client):
    venue = make_venue(name="Attic; bar", address="Hill 1", time_zone="Europe/Berlin")
    jam = make_jam(slug="friday", name="Friday, late\u2028", venue=venue, description="One\r\nBEGIN:VALARM")
    [event] = events(client, "/jams.ics")
    assert (str(event["summary"]), str(event["location"])) == (jam.name, "Attic; bar, Hill 1")
    assert (event["uid"], str(event["url"])) == ("friday@jamsite", "http://testserver/jams/friday/")
    assert (event.start, event.end) == (jam.starts_at.replace(microsecond=0), jam.ends_at.replace(microsecond=0))
    assert len(event.subcomponents) == 0


def test_venue_calendar_contains_only_its_jams(client):
    attic = make_venue(slug="attic")
    make_jam(name="Here", venue=attic)
    make_jam(name="Elsewhere")
    assert [str(event["summary"]) for event in events(client, "/venues/attic/jams.ics")] == ["Here"]
    assert client.get("/venues/nowhere/jams.ics").status_code == 404


def test_jam_calendar_contains_one_jam_whenever_it_was(client):
    make_jam(slug="old", starts_at=timezone.now() - timedelta(days=400))
    make_jam()
    assert [str(event["uid"]) for event in events(client, "/jams/old/jam.ics")] == ["old@jamsite"]
    assert client.get("/jams/nowhere/jam.ics").status_code == 404


def test_calendar_omits_jams_long_over(client):
    make_jam(starts_at=timezone.now() - timedelta(days=31))
    assert events(client, "/jams.ics") == []


@pytest.mark.parametrize("rows", [1, 30])
def test_calendar_takes_one_query(client, django_assert_num_queries, rows):
    for _ in range(rows):
        make_jam()
    with django_assert_num_queries(1):
        assert len(events(client, "/jams.ics")) == rows


@pytest.fixture
def attic():
    return make_venue(slug="attic", name="The Attic")


def test_embed_is_the_only_page_other_sites_can_frame(client, attic):
    framed, page = client.get("/embed/venues/attic/"), client.get("/venues/attic/")
    policies = [answer["Content-Security-Policy"] for answer in (framed, page)]
    assert ["frame-ancestors *" in policy for policy in policies] == [True, False]
    assert ["X-Frame-Options" in answer for answer in (framed, page)] == [False, True]


def test_embed_shows_the_song_on_stage(client, attic):
    make_jam(name="Later", venue=attic, starts_at=timezone.now() + timedelta(days=1), status=JamStatus.SCHEDULED)
    jam = make_jam(name="Tonight", venue=attic)
    song = make_song(title="<Rain>", artist="Prince")
    make_entry(jam=jam, song=song, status=EntryStatus.PLAYING, started_at=timezone.now())
    page = client.get("/embed/venues/attic/").content.decode()
    assert ("Tonight</a>" in page, "<bdi>&lt;Rain&gt;, Prince</bdi>" in page, "Later" in page) == (True, True, False)


def test_embed_shows_the_next_jam(client, attic):
    make_jam(name="Later", venue=attic, starts_at=timezone.now() + timedelta(days=1), status=JamStatus.SCHEDULED)
    assert "Later</a>" in client.get("/embed/venues/attic/").content.decode()


def test_embed_of_a_venue_without_jams_says_so(client, attic):
    assert "No jam planned" in client.get("/embed/venues/attic/").content.decode()
    assert client.get("/embed/venues/nowhere/").status_code == 404
