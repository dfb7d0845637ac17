"""What hosts do with a night of bands: who waits, the band to propose next, and who else could take each place.

It holds names and what people said about themselves, so the whole of it is only for hosts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Any

from core.local_times import format_clock
from core.text import fold_text
from jams import policies
from jams.models import Format, Jam
from jams.selectors.band_night import BandNight, BandTurn, read_band_night
from jams.selectors.band_proposal import ProposedSeat, Waiting, list_alternatives, propose_band
from jams.selectors.clock import SONG_MINUTES
from jams.selectors.set_length import Fit, find_fit
from songs.instruments import serves
from songs.parts import describe_part, format_parts

MAX_ALTERNATIVES = 6  # for one place


@dataclass(frozen=True)
class Candidate:
    """Somebody on the waiting list or in the house band.

    `minutes` is how long they have waited, `leaves` the time on the clock at the venue when they have to go.
    """

    person: Waiting
    minutes: int
    leaves: str

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
    """A night of bands as its hosts see it; all of it is derived from `night`."""

    night: BandNight

    @property
    def jam(self) -> Jam:
        return self.night.jam

    @property
    def now(self) -> datetime:
        return self.night.now

    @property
    def on_stage(self) -> BandTurn | None:
        return self.night.on_stage

    @property
    def called(self) -> list[BandTurn]:
        return [band for band in self.night.coming if band.is_called]

    @property
    def forming(self) -> list[BandTurn]:
        return [band for band in self.night.coming if not band.is_called]

    @property
    def next(self) -> BandTurn | None:
        """The band to put on stage next."""
        return next(iter(self.night.coming), None)

    @property
    def last_called(self) -> BandTurn | None:
        return self.called[-1] if self.called else None

    @property
    def not_reached(self) -> list[str]:
        """Who in the next band has to be called by voice, one song before the change-over.

        Their phones have neither shown the call to them nor reported that it is on the locked screen.
        """
        if not self.called or not self._is_near_change_over:
            return []
        return [player.name for player in self.called[0].present if not (player.seen_at or player.delivered_at)]

    @property
    def _is_near_change_over(self) -> bool:
        """Whether the stage is empty, or the band there plays the last song of its set, or as long as if it did."""
        if self.on_stage is None:
            return True
        if self.jam.set_minutes:
            return self.minutes_on_stage >= self.jam.set_minutes - SONG_MINUTES
        return self.on_stage.songs >= self.jam.set_songs

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Everybody on the waiting list and in the house band."""
        return [self._build_candidate(person) for person in self.night.waiting]

    def _build_candidate(self, person: Waiting) -> Candidate:
        waited = self.now - person.waits_since if person.waits_since else timedelta()
        leaves = format_clock(person.leaves_at, self.jam.venue.zone) if person.leaves_at else ""
        return Candidate(person, max(0, waited // timedelta(minutes=1)), leaves)

    @cached_property
    def waiting(self) -> list[Candidate]:
        """Who is on the waiting list and not in a band that is on stage or about to play, longest wait first."""
        people = [one for one in self.candidates if one.person.waits_since]
        found = [one for one in people if not (one.person.is_next or one.person.is_busy)]
        return sorted(found, key=lambda one: (one.person.waits_since, one.person.pk))

    @property
    def minutes_on_stage(self) -> int:
        since = self.on_stage.started_at if self.on_stage else None
        return max(0, (self.now - since) // timedelta(minutes=1)) if since else 0

    @property
    def has_waiting_list(self) -> bool:
        return policies.has_waiting_list(self.jam)

    @cached_property
    def fit(self) -> Fit | None:
        """Whether all bands to come play before the end; None outside the hours of the jam, when nobody knows."""
        return find_fit(self.night) if self.jam.is_on and self.now < self.jam.music_ends_at else None

    @property
    def fit_in_words(self) -> str:
        return self.fit.describe(self.jam.venue.zone) if self.fit else ""

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
        return [person for person in self.night.waiting if not person.is_next]

    @cached_property
    def proposal(self) -> tuple[ProposedSeat, ...]:
        """The band to call next; empty if nobody could be in it."""
        if not any(person.can_play(self.now) and person.is_guest for person in self.free):
            return ()
        return propose_band(
            self.free,
            self.night.plan,
            together=self.night.together,
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
            together=self.night.together,
            now=self.now,
            everyone_once_first=self.jam.everyone_once_first,
            serves=serves,
        )
        return others[:MAX_ALTERNATIVES]

    def _write_with(self, seat: ProposedSeat, other: ProposedSeat) -> str:
        return write_seats(other if one is seat else one for one in self.proposal)


def write_seats(seats: Any) -> str:
    """Return seats as text, one line each, as `jams.services.bands` reads it; free places are left out."""
    return "\n".join(f"{seat.instrument}: {seat.person.name}" for seat in seats if seat.person)


def read_bands(jam: Jam, *, now: datetime) -> BandBoard:
    """Read the bands and the waiting list of `jam`, in three queries; its venue must be loaded."""
    return BandBoard(read_band_night(jam, now=now))
