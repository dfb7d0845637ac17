"""Turns one `DemoNight` into rows: its jam, attendees, set list, performances and votes."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import User

from demo.bands import play_half
from demo.content import DemoNight
from jams.models import Attendee, Entry, EntryStatus, Format, Jam, JamStatus, Performance, Voting
from songs.models import Song
from songs.parts import Part
from venues.models import Venue
from votes.models import Vote

DURATION = timedelta(hours=4)
LIVE_SINCE = timedelta(minutes=75)
TIME_PER_SONG = timedelta(minutes=10)
STATUS_ORDER = (EntryStatus.PLAYED, EntryStatus.PLAYING, EntryStatus.ON_DECK, EntryStatus.QUEUED, EntryStatus.SUGGESTED)

Cast = list[tuple[str, list[str]]]


class NightBuilder:
    """Creates one jam from `night`. The same `rng` and `now` give the same rows."""

    def __init__(self, *, night: DemoNight, venue: Venue, rng: Random, now: datetime) -> None:
        self.night, self.venue, self.rng, self.now = night, venue, rng, now
        self.starts_at = self._choose_start()
        self.before = min(self.starts_at, now)

    def build(self, *, host: User, songs: list[Song], cast: Cast) -> Jam:
        """Create the jam with a choice of `songs` and with `cast` as its musicians."""
        jam = self._create_jam(host)
        people = self._create_attendees(jam, cast)
        musicians = people[: len(cast)]
        entries = self._create_entries(jam, songs, musicians)
        self._create_performances(jam, entries, list(zip(musicians, (parts for _name, parts in cast), strict=True)))
        self._create_votes(entries, musicians if jam.voting == Voting.MUSICIANS else people)
        if jam.format != Format.SONGS:
            play_half(jam, host=host, people=musicians, now=self.now)
        return jam

    def _choose_start(self) -> datetime:
        if self.night.status == JamStatus.LIVE:
            begun = self.now - LIVE_SINCE
            return begun.replace(minute=begun.minute // 15 * 15, second=0, microsecond=0)
        here = self.now.astimezone(self.venue.zone) + timedelta(days=self.night.days)
        planned = here.replace(hour=self.night.hour, minute=0, second=0, microsecond=0)
        if self.night.status == JamStatus.SCHEDULED and planned <= self.now:
            planned = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return planned

    def _random_time(self, at_least: float, at_most: float) -> datetime:
        """Return a random time, between so many hours before the jam starts, or before now if it is yet to start."""
        return self.before - timedelta(hours=self.rng.uniform(at_least, at_most))

    def _create_jam(self, host: User) -> Jam:
        night = self.night
        jam = Jam.objects.create(
            slug=night.slug,
            name=night.name,
            venue=self.venue,
            description=night.description,
            status=night.status,
            starts_at=self.starts_at,
            ends_at=self.starts_at + DURATION,
            **night.switches,
        )
        jam.hosts.add(host)
        return jam

    def _create_attendees(self, jam: Jam, cast: Cast) -> list[Attendee]:
        """Create musicians, then listeners, who have a browser but no name."""
        named = [
            Attendee(jam=jam, name=name, plays=parts, created_at=self._random_time(30, 72)) for name, parts in cast
        ]
        browsers = [f"demo-{jam.slug}-{number}"[:64] for number in range(self.night.listeners)]
        nameless = [Attendee(jam=jam, browser=browser, created_at=self._random_time(2, 72)) for browser in browsers]
        return Attendee.objects.bulk_create(named + nameless)

    def _create_entries(self, jam: Jam, songs: list[Song], musicians: list[Attendee]) -> list[Entry]:
        statuses = [status for status in STATUS_ORDER for _each in range(getattr(self.night, status))]
        chosen = self.rng.sample(songs, len(statuses))
        entries = [
            Entry(
                jam=jam,
                song=song,
                status=status,
                created_at=self._random_time(3, 29),
                suggested_by=self.rng.choice([None, *musicians]),
                **self._choose_times(status, order),
            )
            for order, (song, status) in enumerate(zip(chosen, statuses, strict=True), start=1)
        ]
        return Entry.objects.bulk_create(entries)

    def _choose_times(self, status: EntryStatus, order: int) -> dict[str, datetime]:
        """Return the times of the song at this place of the set list; a song is played about every ten minutes."""
        if status == EntryStatus.ON_DECK:
            return {"on_deck_at": self.now - timedelta(minutes=10 - order)}
        if status == EntryStatus.PLAYING:
            return {"started_at": self.now - timedelta(minutes=2)}
        if status != EntryStatus.PLAYED:
            return {}
        started = self.starts_at + order * TIME_PER_SONG + timedelta(seconds=self.rng.randint(0, 150))
        return {"started_at": started, "finished_at": started + timedelta(seconds=self.rng.randint(170, 400))}

    def _create_performances(self, jam: Jam, entries: list[Entry], cast: list[tuple[Attendee, list[str]]]) -> None:
        """Fill all parts of songs that were played or come next, and some parts of the others."""
        turns: Counter[int] = Counter()
        rows = []
        for entry in entries:
            is_queued = entry.status == EntryStatus.QUEUED
            free = self.rng.sample(cast, len(cast))
            for part in self._choose_parts(entry, chance=0.55 if is_queued else 1.0):
                found = next(
                    (person for person, plays in free if part in plays and turns[person.pk] < jam.performing_limit),
                    None,
                )
                if found is None:
                    continue
                free = [(person, plays) for person, plays in free if person != found]
                turns[found.pk] += entry.status != EntryStatus.PLAYED
                words = "percussion" if part == Part.OTHER else ""
                when = self._random_time(0, 2)
                rows.append(Performance(entry=entry, attendee=found, part=part, other_part=words, created_at=when))
        Performance.objects.bulk_create(rows)

    def _choose_parts(self, entry: Entry, *, chance: float) -> list[str]:
        if entry.status == EntryStatus.SUGGESTED:
            return []
        needed = [item["part"] for item in entry.song.parts for _each in range(item["count"]) if not item["optional"]]
        return [part for part in needed if self.rng.random() < chance]

    def _create_votes(self, entries: list[Entry], voters: list[Attendee]) -> None:
        """Create a few votes by everybody; some songs get more than others."""
        listed = [entry for entry in entries if entry.status != EntryStatus.SUGGESTED]
        weights = [self.rng.paretovariate(1.2) for _entry in listed]
        rows = []
        for voter in voters:
            chosen = {entry.pk: entry for entry in self.rng.choices(listed, weights, k=self.rng.randint(3, 9))}
            rows += [Vote(entry=entry, attendee=voter, created_at=self._random_time(0, 2)) for entry in chosen.values()]
        Vote.objects.bulk_create(rows)
