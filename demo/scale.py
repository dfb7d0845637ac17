"""A large data set for measurements: two years of jams, and one very busy jam."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import islice, product
from pathlib import Path
from random import Random

from django.db import transaction

from core.short_codes import generate_unique_codes
from core.signals import jam_changed, send_on_commit
from demo.seed import add_songs, announce_lists, update_play_counts
from jams.models import Attendee, Entry, EntryStatus, Jam, JamStatus, Series
from songs.models import Song
from venues.models import Venue
from votes.models import Vote

VENUES, JAMS, SONGS = 200, 2000, 5000
SONGS_PER_JAM = 8
HOT_SONGS, HOT_PEOPLE, HOT_VOTES = 60, 300, 5000
HOT_JAM_SLUG = "hot-jam"
BATCH_SIZE = 1000

ADJECTIVES, NOUNS = (line.split() for line in Path(__file__).with_name("words.txt").read_text().splitlines())
KEYS = ["C", "Am", "G", "Em", "D", "Bm", "F", "Dm"]
TIME_ZONES = [
    "Europe/Berlin",
    "America/Chicago",
    "Pacific/Auckland",
    "Europe/Lisbon",
    "Asia/Tokyo",
    "America/Sao_Paulo",
]
PARTS = [{"part": part, "count": 1, "optional": False} for part in ("vocals", "guitar", "bass", "drums")]


@transaction.atomic
def seed_scale(*, now: datetime) -> bool:
    """Create the large data set around `now`. Return False, and change nothing, if it exists already."""
    if Jam.objects.filter(slug=HOT_JAM_SLUG).exists():
        return False
    rng = Random(1971)  # noqa: S311  (the same figures on every machine)
    venues = Venue.objects.bulk_create(_build_venues(rng))
    Series.objects.bulk_create(_build_series(venues, now))
    songs = add_songs(_build_songs(rng))
    jams = Jam.objects.bulk_create(_build_jams(rng, venues, now), batch_size=BATCH_SIZE)
    Entry.objects.bulk_create(_build_entries(rng, jams, songs), batch_size=BATCH_SIZE)
    _fill_hot_jam(rng, _create_hot_jam(venues[0], now), songs)
    update_play_counts(songs)
    announce_lists()
    send_on_commit(jam_changed, slug=HOT_JAM_SLUG, what="seeded")
    return True


def _generate_names(number: int, *lists: list[str]) -> Iterable[str]:
    return (" ".join(words) for words in islice(product(*lists), number))


def _build_venues(rng: Random) -> list[Venue]:
    names = _generate_names(VENUES, ["The"], ADJECTIVES, NOUNS, ["Rooms"])
    return [
        Venue(slug=f"scale-{number}", name=name, address=f"{number} Long Road", time_zone=rng.choice(TIME_ZONES))
        for number, name in enumerate(names, start=1)
    ]


def _build_series(venues: list[Venue], now: datetime) -> list[Series]:
    """Return a series of Thursdays for each venue that has ended, so no nights are made for it."""
    first, last = (now - timedelta(days=days) for days in (700, 30))
    return [
        Series(
            code=code, name=f"Thursdays at {venue.name}", venue=venue, rule="FREQ=WEEKLY;BYDAY=TH",
            first_on=first.date(), last_on=last.date(), starts_at=time(20), ends_at=time(23),
        )
        for code, venue in zip(generate_unique_codes(len(venues)), venues, strict=True)
    ]  # fmt: skip


def _build_songs(rng: Random) -> list[Song]:
    return [
        Song(
            title=title,
            artist=f"The {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}s",
            key=rng.choice(KEYS),
            tempo=rng.randint(60, 180),
            parts=PARTS,
        )
        for title in _generate_names(SONGS, ADJECTIVES, NOUNS, ["Song", "Blues", "Again", "Tonight"])
    ]


def _build_jams(rng: Random, venues: list[Venue], now: datetime) -> list[Jam]:
    """Return all jams except the busy one, from 23 months before `now` to one month after it."""
    jams = []
    for number, code in enumerate(generate_unique_codes(JAMS - 1), start=1):
        starts_at = now + timedelta(days=30, hours=1) - timedelta(hours=number * 24 * 730 / JAMS)
        jams.append(
            Jam(
                slug=f"scale-{number}",
                code=code,
                name=f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} Jam {number}",
                venue=rng.choice(venues),
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=4),
                status=JamStatus.SCHEDULED if starts_at > now - timedelta(hours=4) else JamStatus.ENDED,
            )
        )
    return jams


def _build_entries(rng: Random, jams: list[Jam], songs: list[Song]) -> list[Entry]:
    """Return the entries: played one after the other at past jams, queued at upcoming ones."""
    entries = []
    for jam in jams:
        over = jam.status == JamStatus.ENDED
        for order, song in enumerate(rng.sample(songs, SONGS_PER_JAM)):
            started = jam.starts_at + timedelta(minutes=10 * order)
            times = {"started_at": started, "finished_at": started + timedelta(minutes=4)} if over else {}
            status = EntryStatus.PLAYED if over else EntryStatus.QUEUED
            entries.append(Entry(jam=jam, song=song, status=status, **times))
    return entries


def _create_hot_jam(venue: Venue, now: datetime) -> Jam:
    return Jam.objects.create(
        slug=HOT_JAM_SLUG,
        name="Hot Jam",
        venue=venue,
        status=JamStatus.LIVE,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=5),
    )


def _fill_hot_jam(rng: Random, jam: Jam, songs: list[Song]) -> None:
    """Create the entries, attendees and votes of the busy jam. Every third attendee is a musician."""
    entries = Entry.objects.bulk_create([Entry(jam=jam, song=song) for song in rng.sample(songs, HOT_SONGS)])
    people = Attendee.objects.bulk_create(
        [
            Attendee(jam=jam, browser=f"scale-{number}", name="" if number % 3 else f"Musician {number}")
            for number in range(HOT_PEOPLE)
        ]
    )
    pairs = rng.sample(list(product(entries, people)), HOT_VOTES)
    Vote.objects.bulk_create([Vote(entry=entry, attendee=person) for entry, person in pairs], batch_size=BATCH_SIZE)
