"""Bands and the waiting list of a jam, and the band to propose next, in three queries.

It holds names and what people said about themselves, so the whole of it is only for hosts.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from itertools import combinations
from typing import Any

from django.db.models import Q

from core.text import fold_text
from jams import policies
from jams.models import Band, BandStatus, Format, Jam
from jams.selectors.band_proposal import ProposedSeat, Waiting, list_alternatives, propose_band
from jams.selectors.stage_plan import list_places
from jams.services.band_records import name_band
from songs.instruments import serves
from songs.parts import describe_part, format_parts

MAX_ALTERNATIVES = 6  # for one place


@dataclass(frozen=True)
class SeatInBand:
    name: str
    instrument: str
    no_show: bool
    seen_at: datetime | None = None  # when the musician's phone showed the call

    @property
    def instrument_name(self) -> str:
        return describe_part(self.instrument)


@dataclass(frozen=True)
class BandInOrder:
    """A band; `label` is the name of an act or the names of the musicians, `songs` counts those of its set so far."""

    pk: int
    label: str
    name: str
    needs: str
    status: str
    place: int
    seats: tuple[SeatInBand, ...]
    songs: int
    called_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Candidate:
    """Somebody on the waiting list or in the house band. `is_next` if they are in a band that is about to play.

    `minutes` is how long they have waited, `leaves` the time on the clock at the venue when they have to go.
    """

    person: Waiting
    minutes: int
    leaves: str
    is_next: bool
    has_phone: bool

    @property
    def anchor(self) -> str:
        """A stable id for this person's element; a name can't be used, as it may contain any text."""
        return blake2b(fold_text(self.person.name).encode(), digest_size=6).hexdigest()

    @property
    def instruments(self) -> list[str]:
        return [describe_part(slug) for slug in self.person.plays]


@dataclass(frozen=True)
class Choice:
    """A place in the proposed band, and who else could take it: each with the band that would result, as text."""

    seat: ProposedSeat
    others: tuple[tuple[ProposedSeat, str], ...]

    @property
    def need_name(self) -> str:
        return describe_part(self.seat.need)

    @property
    def instrument_name(self) -> str:
        return describe_part(self.seat.instrument)


@dataclass(frozen=True)
class BandBoard:
    """What `read_bands` returns; all else is derived from it."""

    jam: Jam
    now: datetime
    bands: tuple[BandInOrder, ...]
    candidates: tuple[Candidate, ...]
    together: Mapping[frozenset[int], int]

    def _select(self, *statuses: str) -> list[BandInOrder]:
        return [band for band in self.bands if band.status in statuses]

    @cached_property
    def on_stage(self) -> BandInOrder | None:
        return next(iter(self._select(BandStatus.ON_STAGE)), None)

    @cached_property
    def called(self) -> list[BandInOrder]:
        return sorted(self._select(BandStatus.CALLED), key=lambda band: (band.place, band.pk))

    @cached_property
    def forming(self) -> list[BandInOrder]:
        return sorted(self._select(BandStatus.FORMING), key=lambda band: (band.place, band.pk))

    @cached_property
    def played(self) -> list[BandInOrder]:
        return sorted(self._select(BandStatus.PLAYED), key=lambda band: (str(band.finished_at), band.pk))

    @property
    def next(self) -> BandInOrder | None:
        """The band to put on stage next."""
        return next(iter([*self.called, *self.forming]), None)

    @property
    def last_called(self) -> BandInOrder | None:
        return self.called[-1] if self.called else None

    @cached_property
    def waiting(self) -> list[Candidate]:
        """Who is on the waiting list and not in a band that is on stage or about to play, longest wait first."""
        found = [one for one in self.candidates if one.person.waits_since and not (one.is_next or one.person.is_busy)]
        return sorted(found, key=lambda one: (one.person.waits_since, one.person.pk))

    @property
    def minutes_on_stage(self) -> int:
        since = self.on_stage.started_at if self.on_stage else None
        return max(0, (self.now - since) // timedelta(minutes=1)) if since else 0

    @property
    def has_waiting_list(self) -> bool:
        return policies.has_waiting_list(self.jam)

    @property
    def hard_stop(self) -> str:
        """What the clock at the venue shows when the music has to stop."""
        at = self.jam.hard_stop_at
        return at.astimezone(self.jam.venue.zone).strftime("%H:%M") if at else ""

    @property
    def stage_plan(self) -> str:
        return format_parts(self.jam.stage_plan)

    @property
    def takes_acts(self) -> bool:
        """Whether acts sign up by themselves, now or until sign-ups were closed."""
        return self.jam.format in (Format.OPEN_MIC, Format.MIXED)

    @property
    def first_seats(self) -> list[tuple[str, str]]:
        """Who could begin a band by hand, with each of their instruments: as the action takes it, and in words."""
        return [
            (f"{slug}: {person.name}", f"{person.name} · {describe_part(slug)}")
            for person in self.free
            for slug in person.plays
        ]

    @property
    def house_band(self) -> list[Candidate]:
        return [one for one in self.candidates if one.person.in_house_band]

    @property
    def by_instrument(self) -> list[tuple[str, list[Candidate]]]:
        """The waiting list by main instrument, in words, the instrument that most people play first."""
        groups: dict[str, list[Candidate]] = {}
        for one in self.waiting:
            groups.setdefault(one.person.plays[0] if one.person.plays else "", []).append(one)
        found = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
        return [(describe_part(slug) if slug else "", people) for slug, people in found]

    @cached_property
    def free(self) -> list[Waiting]:
        """Who can be put into a band: not those in a band that is about to play."""
        return [one.person for one in self.candidates if not one.is_next]

    @cached_property
    def proposal(self) -> tuple[ProposedSeat, ...]:
        """The band to call next; empty if nobody could be in it."""
        if not any(person.can_play(self.now) and person.is_guest for person in self.free):
            return ()
        return propose_band(
            self.free,
            list_places(self.jam),
            together=self.together,
            now=self.now,
            everyone_once_first=self.jam.everyone_once_first,
            serves=serves,
        )

    @cached_property
    def choices(self) -> list[Choice]:
        """The proposal with who else could take each place."""
        people = [seat.person for seat in self.proposal if seat.person]
        found = []
        for seat in self.proposal:
            band = [person for person in people if person is not seat.person]
            others = self.list_others(seat.need, band, without=seat.person)
            found.append(Choice(seat, tuple((other, self._write_with(seat, other)) for other in others)))
        return found

    @property
    def proposed_seats(self) -> str:
        """The proposal as text, as the action takes it."""
        return write_seats(self.proposal)

    def list_others(self, need: str, band: list[Waiting], without: Waiting | None) -> tuple[ProposedSeat, ...]:
        others = list_alternatives(
            need,
            [person for person in self.free if person is not without],
            band=band,
            together=self.together,
            now=self.now,
            everyone_once_first=self.jam.everyone_once_first,
            serves=serves,
        )
        return others[:MAX_ALTERNATIVES]

    def _write_with(self, seat: ProposedSeat, other: ProposedSeat) -> str:
        return write_seats(other if one is seat else one for one in self.proposal)

    def find_position(self, attendee_pk: int) -> tuple[str, int] | None:
        """Return somebody's main instrument and their place, from 1, among those who wait for a turn with it.

        Whoever has had fewer turns comes first where everyone plays once before anyone plays twice. None for somebody
        who doesn't wait.
        """
        mine = next((one.person for one in self.waiting if one.person.pk == attendee_pk), None)
        if mine is None or not mine.plays:
            return None
        main = mine.plays[0]
        rivals = [one.person for one in self.waiting if main in one.person.plays and not one.person.sits_out]
        if mine not in rivals:
            return None
        once_first = self.jam.everyone_once_first
        order = sorted(rivals, key=lambda one: (one.turns if once_first else 0, one.waits_since, one.pk))
        return main, order.index(mine) + 1


def write_seats(seats: Any) -> str:
    """Return seats as text, one line each, as `jams.services.bands` reads it; free places are left out."""
    return "\n".join(f"{seat.instrument}: {seat.person.name}" for seat in seats if seat.person)


def read_bands(jam: Jam, *, now: datetime) -> BandBoard:
    """Read the bands and the waiting list of `jam`; its venue must be loaded."""
    bands = list(jam.bands.with_seats().exclude(status=BandStatus.DROPPED).order_by("pk"))
    here = jam.attendees.filter(Q(waits_since__isnull=False) | Q(in_house_band=True)).order_by("pk")
    turns, together = _count_turns(bands)
    on_stage = _list_people(bands, BandStatus.ON_STAGE)
    up_next = _list_people([band for band in bands if not band.name], *Band.UPCOMING)
    candidates = tuple(
        Candidate(
            Waiting(
                pk=person.pk,
                name=person.name,
                plays=tuple(person.plays),
                waits_since=person.waits_since,
                leaves_at=person.leaves_at,
                is_new=person.is_new,
                turns=turns[person.pk],
                is_busy=person.pk in on_stage,
                in_house_band=person.in_house_band,
                sits_out=person.sits_out,
            ),
            minutes=max(0, (now - person.waits_since) // timedelta(minutes=1)) if person.waits_since else 0,
            leaves=person.leaves_at.astimezone(jam.venue.zone).strftime("%H:%M") if person.leaves_at else "",
            is_next=person.pk in up_next,
            has_phone=person.browser is not None,
        )
        for person in here
    )
    songs = Counter(jam.entries.exclude(band=None).values_list("band", flat=True)) if bands else Counter()
    return BandBoard(jam, now, tuple(_build_band(band, songs[band.pk]) for band in bands), candidates, together)


def _count_turns(bands: list[Band]) -> tuple[Counter[int], Counter[frozenset[int]]]:
    """Return how many turns everybody has, and how often two people were in one band."""
    turns: Counter[int] = Counter()
    together: Counter[frozenset[int]] = Counter()
    for band in bands:
        if band.status in Band.TURNS:
            people = sorted(seat.attendee_id for seat in band.seats.all() if not seat.no_show)
            turns.update(people)
            together.update(frozenset(pair) for pair in combinations(people, 2))
    return turns, together


def _list_people(bands: list[Band], *statuses: str) -> set[int]:
    return {seat.attendee_id for band in bands if band.status in statuses for seat in band.seats.all()}


def _build_band(band: Band, songs: int) -> BandInOrder:
    seats = tuple(
        SeatInBand(
            seat.attendee.name,
            seat.instrument,
            seat.no_show,
            seat.seen_at if seat.has_seen(band.called_at) else None,
        )
        for seat in band.seats.all()
    )
    return BandInOrder(
        pk=band.pk,
        label=name_band(band),
        name=band.name,
        needs=band.needs,
        status=band.status,
        place=band.place,
        seats=seats,
        songs=songs,
        called_at=band.called_at,
        started_at=band.started_at,
        finished_at=band.finished_at,
    )
