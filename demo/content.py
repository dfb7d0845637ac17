"""The content of the demo: ten nights, a series, four venues; songs and musicians are in the CSV files beside it."""

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from core.recurrence import choose_monthly_rule
from jams.models import Format, Jam, JamStatus, Series, Suggestions, Voting
from songs.models import Song
from songs.services.imports import csv_format
from venues.models import Venue

DATA_FOLDER = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class DemoNight:
    """One jam, `days` from today at `hour` o'clock local time, with these numbers of songs and people."""

    slug: str
    name: str
    venue: str
    days: int = 0
    hour: int = 20
    host: str = "host"
    description: str = ""
    status: JamStatus = JamStatus.SCHEDULED
    played: int = 0
    playing: int = 0
    on_deck: int = 0
    queued: int = 0
    suggested: int = 0
    musicians: int = 6
    listeners: int = 6
    switches: dict[str, Any] = field(default_factory=dict)


NIGHTS = [
    DemoNight(
        slug="lantern-open-jam",
        name="Lantern Open Jam",
        venue="blue-lantern-berlin",
        description="House band first, then the stage is yours. Drums, two guitar amps and a piano are here.",
        status=JamStatus.LIVE,
        played=5,
        playing=1,
        on_deck=2,
        queued=12,
        suggested=1,
        musicians=16,
        listeners=24,
    ),
    DemoNight(
        slug="southside-late-session",
        name="Southside Late Session",
        venue="southside-porch-austin",
        hour=21,
        host="admin",
        description="Blues first, then whatever the porch can carry.",
        queued=9,
        musicians=6,
        listeners=10,
    ),
    DemoNight(
        slug="fado-meets-funk",
        name="Fado Meets Funk",
        venue="casa-da-esquina-lisbon",
        days=3,
        description="Bring a song that your grandmother sang and one that she did not.",
        queued=8,
        musicians=7,
        listeners=5,
        switches={"voting": Voting.MUSICIANS},
    ),
    DemoNight(
        slug="harbour-light-jam",
        name="Harbour Light Jam",
        venue="harbour-light-auckland",
        days=6,
        hour=19,
        host="admin",
        queued=7,
        musicians=6,
        listeners=4,
    ),
    DemoNight(
        slug="lantern-soul-night",
        name="Lantern Soul Night",
        venue="blue-lantern-berlin",
        days=14,
        description="Soul and nothing but soul. The host listens to every suggestion.",
        queued=6,
        suggested=3,
        musicians=5,
        listeners=3,
        switches={"suggestions": Suggestions.APPROVAL},
    ),
    DemoNight(
        slug="southside-band-night",
        name="Southside Band Night",
        venue="southside-porch-austin",
        description="Say what you play, and you get a band. Everyone plays once before anyone plays twice.",
        status=JamStatus.LIVE,
        queued=8,
        musicians=22,
        listeners=8,
        switches={"format": Format.BANDS},
    ),
    DemoNight(
        slug="esquina-open-mic",
        name="Esquina Open Mic",
        venue="casa-da-esquina-lisbon",
        description="Ten minutes each. Poems, songs and jokes.",
        status=JamStatus.LIVE,
        queued=3,
        musicians=9,
        listeners=6,
        switches={"format": Format.OPEN_MIC, "set_songs": 2},
    ),
    DemoNight(
        slug="harbour-light-opening",
        name="Harbour Light Opening Night",
        venue="harbour-light-auckland",
        days=-7,
        hour=19,
        host="admin",
        status=JamStatus.ENDED,
        played=12,
        queued=3,
        musicians=9,
        listeners=9,
    ),
    DemoNight(
        slug="southside-send-off",
        name="Southside Send-Off",
        venue="southside-porch-austin",
        days=-16,
        status=JamStatus.ENDED,
        played=14,
        queued=4,
        musicians=10,
        listeners=10,
    ),
    DemoNight(
        slug="lantern-first-light",
        name="Lantern First Light",
        venue="blue-lantern-berlin",
        days=-28,
        status=JamStatus.ENDED,
        played=13,
        queued=2,
        musicians=9,
        listeners=8,
    ),
]


SERIES_CODE = "lantern"
FIRST_OF_SERIES = "lantern-soul-night"  # the others are made by the job


def build_series(first: Jam) -> Series:
    """Return the series that begins with the night `first`, unsaved."""
    return Series(
        code=SERIES_CODE,
        name=first.name,
        venue=first.venue,
        rule=str(choose_monthly_rule(first.local_start.date())),
        first_on=first.local_start.date(),
        starts_at=first.local_start.time(),
        ends_at=first.local_end.time(),
        description=first.description,
        switches={"suggestions": first.suggestions},
    )


def build_venues() -> list[Venue]:
    """Return the four venues, unsaved. The first one hosts tonight's live jam."""
    return [
        Venue(
            slug="blue-lantern-berlin",
            name="Blue Lantern",
            address="Kanalufer 12, Berlin",
            description="A cellar with a piano that stays in tune until midnight.",
            how_to_sign_up="Scan the code by the door, or ask Hannah at the bar.",
            backline="Drums, two guitar amps, a bass amp and a piano. Bring your own sticks.",
            house_rules="Everyone plays once before anyone plays twice. The doors stay closed after ten.",
            colour="#2f6f9f",
            time_zone="Europe/Berlin",
        ),
        Venue(
            slug="southside-porch-austin",
            name="Southside Porch",
            address="1408 Pecan Row, Austin",
            description="Outdoors, fans on the ceiling, quiet after eleven.",
            time_zone="America/Chicago",
        ),
        Venue(
            slug="harbour-light-auckland",
            name="Harbour Light",
            address="3 Slipway Lane, Auckland",
            description="The old signal house on the water. Bring a jacket.",
            time_zone="Pacific/Auckland",
        ),
        Venue(
            slug="casa-da-esquina-lisbon",
            name="Casa da Esquina",
            address="Rua da Esquina 7, Lisboa",
            description="Forty chairs, one good microphone, and the best acoustics in the street.",
            time_zone="Europe/Lisbon",
        ),
    ]


def build_songs() -> list[Song]:
    """Return the songs of the library, unsaved."""
    return [Song(**csv_format.parse_song(row), chord_url=_chord_url(row)) for row in _read_csv("songs.csv")]


def _chord_url(row: dict[str, str]) -> str:
    name = f"{slugify(row['artist'])}/{slugify(row['title'])}"
    return f"https://example.com/chords/{name}" if row["chords"] else ""


def read_musicians() -> list[tuple[str, list[str]]]:
    """Return the name of each musician and the parts they play, best first."""
    return [(row["name"], row["parts"].split()) for row in _read_csv("musicians.csv")]


def _read_csv(name: str) -> list[dict[str, str]]:
    with (DATA_FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
