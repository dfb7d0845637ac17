"""The calendars as other programs read them: parsers with nothing in common find the same events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import ics
import pytest
import recurring_ical_events
import vobject
from django.test import Client
from django.utils import timezone
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from jams.models import JamStatus
from tests.builders import make_jam, make_venue

pytestmark = pytest.mark.django_db
type Event = dict[str, Any]


WORDS = ("uid", "summary", "location", "description", "status", "url")
MOMENTS = ("dtstart", "dtend", "dtstamp", "last_modified")


def read_with_icalendar(text: str) -> list[Event]:
    return [
        {name: str(event.get(name, "")) for name in WORDS}
        | {name: event.decoded(name.replace("_", "-")).astimezone(UTC) for name in MOMENTS}
        for event in Calendar.from_ical(text).walk("VEVENT")
    ]


def read_with_vobject(text: str) -> list[Event]:
    return [
        {name: str(event.getChildValue(name, "")) for name in WORDS}
        | {name: event.getChildValue(name).astimezone(UTC) for name in MOMENTS}
        for event in vobject.readOne(text).contents.get("vevent", [])
    ]


def read_with_ical(text: str) -> list[Event]:
    return [
        {name: _write(getattr(event, name)) for name in WORDS}
        | {name: getattr(event, name).astimezone(UTC) for name in MOMENTS}
        for event in IcsCalendarStream.calendar_from_ics(text).events
    ]


def _write(value: Any) -> str:
    return str(getattr(value, "value", value) or "")


#: What `ics` reads calendars with is older than Python 3.13.
TATSU = pytest.mark.filterwarnings("ignore:'maxsplit' is passed as positional argument:DeprecationWarning")
READERS: list[Callable[[str], list[Event]]] = [read_with_icalendar, read_with_vobject, read_with_ical]
#: Names of venues and nights as they come, each a trap for something that writes or reads calendars.
TEXTS = [
    "Bar, Grill; back\\slash",
    "Comma\\, already escaped \\n \\; twice",
    'Colon: and =equals; "quoted" ^caret^n',
    "\N{GUITAR} " + "\N{MUSICAL NOTE}" * 60,  # folded within four bytes
    "\u0141\u0105ka " + "\u00fc" * 90,
    "\u9ad8\u3044\u58c1\u306b\u306f\u5e7e\u5343\u306e\u30c9\u30a2" * 8,
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "BEGIN:VALARM",
    "DTSTART:20270101T000000Z",
    " leading and trailing ",
    "%s {0} <b>&amp;</b>",
]
DESCRIPTIONS = [
    "",
    "One\r\nTwo\n\nBEGIN:VEVENT\nEND:VCALENDAR",
    "soft\x0bbreak\x0c\x1b[0m\x07\x7f",
    "x" * 2_000,
    "tab\tstop\u2028line",
]
#: Starts around changes of the clock, in zones with odd offsets, and at the ends of a year.
TIMES = [
    ("Europe/Berlin", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ("America/New_York", datetime(2027, 11, 7, 5, 30, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2027, 4, 3, 14, 45, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 12, 31, 18, 14, 59, tzinfo=UTC)),
    ("Pacific/Chatham", datetime(2027, 2, 28, 23, 59, tzinfo=UTC)),
    ("Pacific/Kiritimati", datetime(2199, 12, 31, 12, tzinfo=UTC)),
]


def check_readers(client: Client, path: str) -> list[Event]:
    """Return the events at `path`, on which all readers must agree."""
    text = client.get(path).content.decode()
    found = [sorted(read(text), key=lambda event: event["uid"]) for read in READERS]
    assert found[0] == found[1] == found[2]
    return found[0]


def test_readers_find_every_text_as_it_is_stored(client: Client) -> None:
    nights = {}
    for number, name in enumerate(TEXTS):
        night = make_jam(name=name[:120], venue=make_venue(name=name[:100] + str(number), address=name))
        nights[str(night.uid)] = night
    for event in check_readers(client, "/jams.ics"):
        night = nights.pop(event["uid"])
        assert (event["summary"], event["location"]) == (night.name, f"{night.venue.name}, {night.venue.address}")
        assert event["url"] == f"http://testserver/jams/{night.slug}/"
    assert nights == {}


@pytest.mark.parametrize("text", DESCRIPTIONS)
def test_readers_find_descriptions_line_by_line(client: Client, text: str) -> None:
    night = make_jam(description=text)
    night.refresh_from_db()
    [event] = check_readers(client, f"/jams/{night.slug}/jam.ics")
    assert event["description"] == night.description
    assert all(char.isprintable() or char == "\n" for char in event["description"])


@pytest.mark.parametrize(("zone", "start"), TIMES)
def test_readers_find_the_same_moments_in_every_zone(client: Client, zone: str, start: datetime) -> None:
    end = start + timedelta(hours=3)
    night = make_jam(venue=make_venue(time_zone=zone), starts_at=start, ends_at=end, status=JamStatus.SCHEDULED)
    [event] = check_readers(client, f"/jams/{night.slug}/jam.ics")
    assert (event["dtstart"], event["dtend"]) == (start, end)
    assert event["dtstamp"] == event["last_modified"] == night.revised_at.replace(microsecond=0)


def test_readers_take_an_empty_calendar(client: Client) -> None:
    assert check_readers(client, "/jams.ics") == []


def test_readers_see_a_cancelled_night(client: Client) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    make_jam(starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=3), status=JamStatus.CANCELLED)
    assert [event["status"] for event in check_readers(client, "/jams.ics")] == ["CANCELLED"]


def read_with_ics(text: str) -> list[Event]:
    return [
        {name: getattr(event, "name" if name == "summary" else name) or "" for name in WORDS}
        | {"dtstart": event.begin.datetime, "dtend": event.end.datetime, "last_modified": event.last_modified.datetime}
        for event in ics.Calendar(text).events
    ]


@TATSU
def test_ics_finds_what_the_others_do(client: Client) -> None:
    """It has a test of its own, because it reads a backslash before an n as a line end in any calendar."""
    for number, name in enumerate(TEXTS):
        if "\\n" not in name:
            make_jam(name=name[:120], venue=make_venue(name=name[:100] + str(number)), description=name)
    make_jam(status=JamStatus.CANCELLED, **soon())
    text = client.get("/jams.ics").content.decode()
    found = sorted(read_with_ics(text), key=lambda event: event["uid"])
    wanted = sorted(read_with_icalendar(text), key=lambda event: event["uid"])
    assert [{**event, "dtstamp": None} for event in found] == [{**event, "dtstamp": None} for event in wanted]
    assert len(found) == len(TEXTS)


def soon() -> dict[str, Any]:
    tomorrow = timezone.now() + timedelta(days=1)
    return {"starts_at": tomorrow, "ends_at": tomorrow + timedelta(hours=3)}


@TATSU
def test_ics_takes_an_empty_calendar(client: Client) -> None:
    assert read_with_ics(client.get("/jams.ics").content.decode()) == []


def test_planner_finds_each_night_once_on_its_day(client: Client) -> None:
    """As programs do that expand repeated events: nothing of ours repeats, and nothing is lost."""
    nights = {}
    for zone, start in TIMES[:-1]:
        night = make_jam(
            venue=make_venue(time_zone=zone), starts_at=start, ends_at=start + timedelta(hours=3), status="scheduled"
        )
        nights[str(night.uid)] = start
    planner = recurring_ical_events.of(Calendar.from_ical(client.get("/jams.ics").content))
    planned = planner.between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    assert sorted((str(event["uid"]), event.start.astimezone(UTC)) for event in planned) == sorted(nights.items())
    [in_april] = planner.at((2027, 4, 3))
    assert nights[str(in_april["uid"])] == TIMES[2][1]
