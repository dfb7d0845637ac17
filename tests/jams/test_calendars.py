import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from icalendar import Calendar

from jams.models import EntryStatus, Jam, JamStatus
from jams.services.jam_status import cancel_jam, end_jam, reinstate_jam
from tests.builders import make_entry, make_jam, make_series, make_song, make_user, make_venue
from venues.services import change_venue

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
    assert (event["uid"], str(event["url"])) == (str(jam.uid), "http://testserver/jams/friday/")
    assert (str(event["status"]), str(event["description"])) == ("CONFIRMED", "One\nBEGIN:VALARM")
    assert (event.start, event.end) == (jam.starts_at.replace(microsecond=0), jam.ends_at.replace(microsecond=0))
    assert len(event.subcomponents) == 0


def test_venue_calendar_contains_only_its_jams(client):
    attic = make_venue(slug="attic")
    make_jam(name="Here", venue=attic)
    make_jam(name="Elsewhere")
    assert [str(event["summary"]) for event in events(client, "/venues/attic/jams.ics")] == ["Here"]
    assert client.get("/venues/nowhere/jams.ics").status_code == 404


def test_jam_calendar_contains_one_jam_whenever_it_was(client):
    old = make_jam(slug="old", starts_at=timezone.now() - timedelta(days=400))
    make_jam()
    assert [str(event["uid"]) for event in events(client, "/jams/old/jam.ics")] == [str(old.uid)]
    assert client.get("/jams/nowhere/jam.ics").status_code == 404


def test_calendar_omits_jams_long_over(client):
    make_jam(starts_at=timezone.now() - timedelta(days=31))
    assert events(client, "/jams.ics") == []


def test_calendar_without_jams_is_valid(client):
    calendar = Calendar.from_ical(client.get("/jams.ics").content)
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE"]


def test_calendar_has_its_name_escaped_and_says_when_to_look_again(client):
    make_venue(slug="bar", name="Bar, Grill; back\\slash")
    text = client.get("/venues/bar/jams.ics").content.replace(b"\r\n ", b"").decode()
    assert r"X-WR-CALNAME:Jam nights at Bar\, Grill\; back\\slash" in text.splitlines()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in text.splitlines()


def test_calendar_has_no_control_characters(client):
    text = "soft\x0bbreak \x1b\x07\x7f\u202e next\x0cpage"
    jam = make_jam(description=text, name=f"Night{text}")
    Jam.objects.filter(pk=jam.pk).update(description=text)  # as a row that was stored before descriptions were cleaned
    content = client.get("/jams.ics").content.decode()
    assert [char for char in content if unicodedata.category(char) in ("Cc", "Cf") and char not in "\r\n"] == []
    assert str(events(client, "/jams.ics")[0]["description"]) == "soft\nbreak next\npage"


def revision(client):
    [event] = events(client, "/jams.ics")
    assert event["dtstamp"].dt == event["last-modified"].dt
    return event["dtstamp"].dt, event["sequence"], str(event["uid"])


@pytest.mark.parametrize("change", ["start", "slug", "venue", "end"])
def test_calendar_counts_every_revision(client, change, django_capture_on_commit_callbacks):
    """The row is an hour old, so that the revision shows in whole seconds."""
    jam, past = make_jam(starts_at=timezone.now() + timedelta(days=1)), timezone.now() - timedelta(hours=1)
    Jam.objects.filter(pk=jam.pk).update(created_at=past, revised_at=past)
    before = revision(client)
    jam = Jam.objects.select_related("venue").get()
    with django_capture_on_commit_callbacks(execute=True):
        if change == "start":
            jam.starts_at -= timedelta(hours=2)
            jam.save(update_fields=["starts_at"])
        elif change == "slug":
            jam.slug = "moved"
            jam.save()
        elif change == "venue":
            jam.venue.address = "Hill 2"
            jam.venue.save()
        else:
            end_jam(jam=jam, user=None, now=timezone.now())
    after = revision(client)
    assert (after[0] > before[0], before[1], after[1] >= 3600, after[2] == before[2]) == (True, 0, True, True)


def test_calendar_is_not_revised_by_what_it_does_not_show(client):
    jam = make_jam()
    Jam.objects.update(revised_at=jam.created_at)
    jam.performing_limit = 9
    jam.save(update_fields=["performing_limit"])
    change_venue(venue=jam.venue, description="With a bar now.")
    assert revision(client)[1] == 0


def test_calendar_shows_a_night_as_cancelled_until_it_is_planned_again(client, django_capture_on_commit_callbacks):
    jam, now = make_jam(status=JamStatus.SCHEDULED, starts_at=timezone.now() + timedelta(days=1)), timezone.now()
    found = []
    for act in (cancel_jam, reinstate_jam):
        Jam.objects.update(created_at=now - timedelta(days=1), revised_at=now - timedelta(hours=1))
        with django_capture_on_commit_callbacks(execute=True):
            act(jam=jam, user=make_user(), now=now)
        [event] = events(client, "/jams.ics")
        found.append((str(event["status"]), event["sequence"] > timedelta(hours=23).total_seconds()))
    assert found == [("CANCELLED", True), ("CONFIRMED", True)]


def test_venue_page_offers_a_subscription(client):
    make_venue(slug="attic")
    assert 'href="webcal://testserver/venues/attic/jams.ics"' in client.get("/venues/attic/").text


def test_series_calendar_contains_only_its_nights(client):
    series, tomorrow = make_series(name="Blue, Monday"), timezone.now() + timedelta(days=1)
    cancelled: Any = {"status": JamStatus.CANCELLED, "starts_at": tomorrow, "ends_at": tomorrow + timedelta(hours=3)}
    make_jam(name="Blue Monday", series=series, series_day=timezone.now().date(), venue=series.venue)
    make_jam(name="Blue", series=series, series_day=tomorrow.date(), venue=series.venue, **cancelled)
    make_jam(name="Elsewhere", venue=series.venue)
    path = f"/s/{series.code}/jams.ics"
    found = [(str(event["summary"]), str(event["status"])) for event in events(client, path)]
    assert found == [("Blue Monday", "CONFIRMED"), ("Blue", "CANCELLED")]
    assert r"X-WR-CALNAME:Blue\, Monday" in client.get(path).text
    assert client.get("/s/zzzzz/jams.ics").status_code == 404


def test_pages_of_a_venue_and_of_a_series_offer_its_subscription(client):
    series = make_series(venue=make_venue(slug="attic"))
    link = f'href="webcal://testserver/s/{series.code}/jams.ics"'
    pages = ("/venues/attic/", f"/s/{series.code}/")
    assert [(path, link in client.get(path).text) for path in pages] == [(path, True) for path in pages]


def test_subscription_uses_the_public_address(client, settings):
    settings.BASE_URL = "https://jam.example"
    make_venue(slug="attic")
    assert 'href="webcal://jam.example/venues/attic/jams.ics"' in client.get("/venues/attic/").text


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


def test_embed_shows_a_cancelled_night_and_what_follows_it(client, attic):
    for days, status in ((1, JamStatus.CANCELLED), (2, JamStatus.SCHEDULED)):
        start = timezone.now() + timedelta(days=days)
        make_jam(name=f"Night {days}", slug=f"night{days}", venue=attic, starts_at=start, status=status)
    page = client.get("/embed/venues/attic/").content.decode()
    assert ("Night 1</a>" in page, ">cancelled</span>" in page, 'href="/jams/night2/"' in page) == (True, True, True)


def test_embed_of_a_venue_without_jams_says_so(client, attic):
    assert "No jam planned" in client.get("/embed/venues/attic/").content.decode()
    assert client.get("/embed/venues/nowhere/").status_code == 404
