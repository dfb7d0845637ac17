"""Large data sets for measurements: two years of jams, and one very busy jam."""

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Scale:
    """How many rows to create. Each of `voters` at an ordinary jam has a heart for five of its eight songs."""

    venues: int
    jams: int
    songs: int
    voters: int = 0
    hot_songs: int = 60
    hot_people: int = 300
    hot_votes: int = 5_000


SCALES = {
    "small": Scale(venues=40, jams=200, songs=500),
    "large": Scale(venues=200, jams=2_000, songs=5_000),
    "huge": Scale(venues=1_000, jams=20_000, songs=50_000, voters=5, hot_songs=300, hot_people=2_000, hot_votes=50_000),
}
SONGS_PER_JAM, VOTES_PER_VOTER = 8, 5
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
TITLE_ENDS = ["Song", "Blues", "Again", "Tonight", *(f"Number {number}" for number in range(2, 40))]
PARTS = [{"part": part, "count": 1, "optional": False} for part in ("vocals", "guitar", "bass", "drums")]


@transaction.atomic
def seed_scale(scale: Scale, *, now: datetime) -> bool:
    """Create a large data set around `now`. Return False, and change nothing, if there is one already."""
    if Jam.objects.filter(slug=HOT_JAM_SLUG).exists():
        return False
    rng = Random(1971)  # noqa: S311  (the same figures on every machine)
    venues = Venue.objects.bulk_create(_build_venues(rng, scale.venues))
    Series.objects.bulk_create(_build_series(venues, now))
    songs = add_songs(_build_songs(rng, scale.songs))
    jams = Jam.objects.bulk_create(_build_jams(rng, scale.jams, venues, now), batch_size=BATCH_SIZE)
    entries = Entry.objects.bulk_create(_build_entries(rng, jams, songs), batch_size=BATCH_SIZE)
    _add_votes(rng, scale.voters, jams, entries)
    _fill_hot_jam(rng, scale, _create_hot_jam(venues[0], now), songs)
    update_play_counts(songs)
    announce_lists()
    send_on_commit(jam_changed, slug=HOT_JAM_SLUG, what="seeded")
    return True


def _generate_names(number: int, *lists: list[str]) -> Iterable[str]:
    return (" ".join(words) for words in islice(product(*lists), number))


def _build_venues(rng: Random, number: int) -> list[Venue]:
    names = _generate_names(number, ["The"], ADJECTIVES, NOUNS, ["Rooms"])
    return [
        Venue(slug=f"scale-{house}", name=name, address=f"{house} Long Road", time_zone=rng.choice(TIME_ZONES))
        for house, name in enumerate(names, start=1)
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


def _generate_titles() -> Iterable[str]:
    return (f"{adjective} {noun} {end}" for end in TITLE_ENDS for adjective, noun in product(ADJECTIVES, NOUNS))


def _build_songs(rng: Random, number: int) -> list[Song]:
    return [
        Song(
            title=title,
            artist=f"The {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}s",
            key=rng.choice(KEYS),
            tempo=rng.randint(60, 180),
            parts=PARTS,
        )
        for title in islice(_generate_titles(), number)
    ]


def _build_jams(rng: Random, total: int, venues: list[Venue], now: datetime) -> list[Jam]:
    """Return all jams except the busy one, from 23 months before `now` to one month after it."""
    jams = []
    for number, code in enumerate(generate_unique_codes(total - 1), start=1):
        starts_at = now + timedelta(days=30, hours=1) - timedelta(hours=number * 24 * 730 / total)
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


def _add_votes(rng: Random, voters: int, jams: list[Jam], entries: list[Entry]) -> None:
    """Create `voters` listeners for each of `jams`, whose `entries` are given in the same order, and their votes."""
    people = Attendee.objects.bulk_create(
        [Attendee(jam=jam, browser=f"{jam.slug}-{number}") for jam in jams for number in range(voters)],
        batch_size=BATCH_SIZE,
    )
    votes = [
        Vote(entry=entry, attendee=person)
        for number, person in enumerate(people)
        for entry in rng.sample(_entries_of_jam(entries, number // voters), VOTES_PER_VOTER)
    ]
    Vote.objects.bulk_create(votes, batch_size=BATCH_SIZE)


def _entries_of_jam(entries: list[Entry], number: int) -> list[Entry]:
    return entries[number * SONGS_PER_JAM : (number + 1) * SONGS_PER_JAM]


def _create_hot_jam(venue: Venue, now: datetime) -> Jam:
    return Jam.objects.create(
        slug=HOT_JAM_SLUG,
        name="Hot Jam",
        venue=venue,
        status=JamStatus.LIVE,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=5),
    )


def _fill_hot_jam(rng: Random, scale: Scale, jam: Jam, songs: list[Song]) -> None:
    """Create the entries, attendees and votes of the busy jam. Every third attendee is a musician."""
    entries = Entry.objects.bulk_create([Entry(jam=jam, song=song) for song in rng.sample(songs, scale.hot_songs)])
    people = Attendee.objects.bulk_create(
        [
            Attendee(jam=jam, browser=f"scale-{number}", name="" if number % 3 else f"Musician {number}")
            for number in range(scale.hot_people)
        ]
    )
    pairs = rng.sample(list(product(entries, people)), scale.hot_votes)
    Vote.objects.bulk_create([Vote(entry=entry, attendee=person) for entry, person in pairs], batch_size=BATCH_SIZE)
