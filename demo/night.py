"""Turns one planned `Night` into rows: who came, what is on the list, who plays what, who wants what."""

from collections import Counter
from datetime import datetime, timedelta
from random import Random

from django.contrib.auth.models import AbstractUser

from demo.content import DemoNight
from jams.models import Attendee, Entry, EntryStatus, Jam, JamStatus, Performance, Voting
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
    """Builds one jam from `night`; the same `rng` and `now` give the same rows."""

    def __init__(self, *, night: DemoNight, venue: Venue, rng: Random, now: datetime) -> None:
        self.night, self.venue, self.rng, self.now = night, venue, rng, now
        self.starts_at = self._start()
        self.before = min(self.starts_at, now)

    def build(self, *, host: AbstractUser, songs: list[Song], cast: Cast) -> Jam:
        """Write the jam, with `songs` to choose from and `cast` as its musicians."""
        jam = self._jam(host)
        people = self._people(jam, cast)
        musicians = people[: len(cast)]
        entries = self._entries(jam, songs, musicians)
        self._performances(jam, entries, list(zip(musicians, (parts for _name, parts in cast), strict=True)))
        self._votes(entries, musicians if jam.voting == Voting.MUSICIANS else people)
        return jam

    def _start(self) -> datetime:
        if self.night.status == JamStatus.LIVE:
            begun = self.now - LIVE_SINCE
            return begun.replace(minute=begun.minute // 15 * 15, second=0, microsecond=0)
        here = self.now.astimezone(self.venue.zone) + timedelta(days=self.night.days)
        planned = here.replace(hour=self.night.hour, minute=0, second=0, microsecond=0)
        if self.night.status == JamStatus.SCHEDULED and planned <= self.now:
            planned = self.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return planned

    def _ago(self, at_least: float, at_most: float) -> datetime:
        """Some moment that many hours before the jam starts, or before now when it has not started."""
        return self.before - timedelta(hours=self.rng.uniform(at_least, at_most))

    def _jam(self, host: AbstractUser) -> Jam:
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

    def _people(self, jam: Jam, cast: Cast) -> list[Attendee]:
        """Musicians first, then listeners, who are known by their browser alone."""
        named = [Attendee(jam=jam, name=name, created_at=self._ago(30, 72)) for name, _parts in cast]
        browsers = [f"demo-{jam.slug}-{number}"[:64] for number in range(self.night.listeners)]
        nameless = [Attendee(jam=jam, browser=browser, created_at=self._ago(2, 72)) for browser in browsers]
        return Attendee.objects.bulk_create(named + nameless)

    def _entries(self, jam: Jam, songs: list[Song], musicians: list[Attendee]) -> list[Entry]:
        statuses = [status for status in STATUS_ORDER for _each in range(getattr(self.night, status))]
        chosen = self.rng.sample(songs, len(statuses))
        entries = [
            Entry(
                jam=jam,
                song=song,
                status=status,
                created_at=self._ago(3, 29),
                suggested_by=self.rng.choice([None, *musicians]),
                **self._times(status, order),
            )
            for order, (song, status) in enumerate(zip(chosen, statuses, strict=True), start=1)
        ]
        return Entry.objects.bulk_create(entries)

    def _times(self, status: EntryStatus, order: int) -> dict[str, datetime]:
        """The moments in the life of the song in this place of the list; one is played every ten minutes or so."""
        if status == EntryStatus.ON_DECK:
            return {"on_deck_at": self.now - timedelta(minutes=10 - order)}
        if status == EntryStatus.PLAYING:
            return {"started_at": self.now - timedelta(minutes=2)}
        if status != EntryStatus.PLAYED:
            return {}
        started = self.starts_at + order * TIME_PER_SONG + timedelta(seconds=self.rng.randint(0, 150))
        return {"started_at": started, "finished_at": started + timedelta(seconds=self.rng.randint(170, 400))}

    def _performances(self, jam: Jam, entries: list[Entry], cast: list[tuple[Attendee, list[str]]]) -> None:
        """Fill the parts of every song that was played or comes next, and of some of the others."""
        turns: Counter[int] = Counter()
        rows = []
        for entry in entries:
            waits = entry.status == EntryStatus.QUEUED
            free = self.rng.sample(cast, len(cast))
            for part in self._wanted(entry, chance=0.55 if waits else 1.0):
                found = next(
                    (who for who, plays in free if part in plays and turns[who.pk] < jam.performing_limit), None
                )
                if found is None:
                    continue
                free = [(who, plays) for who, plays in free if who != found]
                turns[found.pk] += entry.status != EntryStatus.PLAYED
                words = "percussion" if part == Part.OTHER else ""
                when = self._ago(0, 2)
                rows.append(Performance(entry=entry, attendee=found, part=part, other_part=words, created_at=when))
        Performance.objects.bulk_create(rows)

    def _wanted(self, entry: Entry, *, chance: float) -> list[str]:
        if entry.status == EntryStatus.SUGGESTED:
            return []
        needed = [item["part"] for item in entry.song.parts for _each in range(item["count"]) if not item["optional"]]
        return [part for part in needed if self.rng.random() < chance]

    def _votes(self, entries: list[Entry], voters: list[Attendee]) -> None:
        """A few hearts from everybody; some songs are loved more than others."""
        listed = [entry for entry in entries if entry.status != EntryStatus.SUGGESTED]
        love = [self.rng.paretovariate(1.2) for _entry in listed]
        rows = []
        for voter in voters:
            wanted = {entry.pk: entry for entry in self.rng.choices(listed, love, k=self.rng.randint(3, 9))}
            rows += [Vote(entry=entry, attendee=voter, created_at=self._ago(0, 2)) for entry in wanted.values()]
        Vote.objects.bulk_create(rows)
