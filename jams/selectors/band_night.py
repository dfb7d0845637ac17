"""A night of bands or acts: who is on stage, who comes when, and who waits. Three queries, however many people."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from jams.models import Attendee, Band, BandStatus, Jam, JamStatus
from jams.selectors.band_proposal import Place, Waiting, rank_waiting
from jams.selectors.clock import (
    SONG_MINUTES,
    Pace,
    Phase,
    Range,
    Stage,
    Timed,
    estimate_starts,
    find_last_sign_up,
    learn_pace,
)
from jams.selectors.stage_plan import list_places
from songs.instruments import get_catalogue, serves
from songs.parts import describe_part


@dataclass(frozen=True)
class Player:
    """Somebody in a band; `attendee` is an id for our own pages, and is never sent out."""

    attendee: int
    name: str
    instrument: str
    is_missing: bool = False
    has_seen_call: bool = False

    @property
    def instrument_name(self) -> str:
        return describe_part(self.instrument)


@dataclass(frozen=True)
class BandTurn:
    """A band's turn. `start` is when it is likely to begin, for a band that is still to come."""

    pk: int
    name: str
    needs: str
    status: str
    players: tuple[Player, ...]
    start: Range | None = None

    @property
    def is_called(self) -> bool:
        return self.status == BandStatus.CALLED

    @property
    def title(self) -> str:
        """The name of an act, or else the names of the people."""
        return self.name or ", ".join(player.name for player in self.players) or _("a band")

    def has(self, attendee: int) -> bool:
        return any(player.attendee == attendee for player in self.players)


@dataclass(frozen=True)
class Fairness:
    """How many of the musicians have played, and how long those who wait have waited, in minutes."""

    played: int
    musicians: int
    median_wait: int

    def describe(self) -> str:
        """Return a sentence for the room; empty while nobody is there."""
        if not self.musicians:
            return ""
        told = _("%(played)d of %(all)d musicians have played") % {"played": self.played, "all": self.musicians}
        if self.median_wait:
            told += "; " + _("median wait %(n)d min") % {"n": self.median_wait}
        return told


@dataclass(frozen=True)
class BandNight:
    """A night of bands as of `now`. `waiting` are the people on the waiting list and in the house band."""

    now: datetime
    on_stage: BandTurn | None
    coming: tuple[BandTurn, ...]
    played: tuple[BandTurn, ...]
    waiting: tuple[Waiting, ...]
    plan: tuple[Place, ...]
    together: dict[frozenset[int], int]
    everyone_once_first: bool
    turn_minutes: float
    pace: Pace
    stage: Stage
    until: datetime

    @property
    def queue(self) -> tuple[Waiting, ...]:
        """Those who wait for a place in a band, in the order in which their turn comes."""
        ranked = rank_waiting(self.waiting, now=self.now, everyone_once_first=self.everyone_once_first)
        return tuple(person for person in ranked if person.is_guest and person.waits_since)

    @property
    def fairness(self) -> Fairness:
        seats = {player.attendee for band in self.played for player in band.players if not player.is_missing}
        seats |= {player.attendee for player in self.on_stage.players} if self.on_stage else set()
        here = {person.pk for person in self.waiting if person.waits_since} | seats
        waits = sorted((self.now - person.waits_since) for person in self.queue if person.waits_since)
        median = waits[len(waits) // 2] if waits else timedelta()
        return Fairness(len(seats), len(here), max(0, median // timedelta(minutes=1)))

    @property
    def last_sign_up(self) -> datetime | None:
        """Until when it makes sense to join; None if it does not any more."""
        lengths = [self.turn_minutes] * len(self.coming)
        return find_last_sign_up(
            self.stage, lengths, length=self.turn_minutes, pace=self.pace, now=self.now, until=self.until
        )

    def estimate_turn(self, number: int) -> Range:
        """Return when the turn after `number` other ones is likely to begin."""
        return estimate_starts(self.stage, [self.turn_minutes] * (number + 1), pace=self.pace, now=self.now)[-1]


@dataclass(frozen=True)
class WaitingPlace:
    """Where somebody stands: `place` of those who wait with this instrument, counted from 1."""

    instrument: str
    place: int
    of: int
    start: Range | None


def find_waiting_place(night: BandNight, attendee: int) -> WaitingPlace | None:
    """Return where somebody stands on the waiting list, for the instrument with which they play soonest.

    None for somebody who is not waiting for a place. Without a place for the instrument on the stage there is no start.
    """
    me = next((person for person in night.queue if person.pk == attendee), None)
    if me is None:
        return None
    places = []
    for instrument in me.plays:
        rivals = [person for person in night.queue if any(serves(played, instrument) for played in person.plays[:1])]
        ahead = [person for person in night.queue[: night.queue.index(me)] if person in rivals]
        room = sum(place.count for place in night.plan if serves(instrument, place.instrument))
        turns = len(night.coming) + len(ahead) // room if room else None
        places.append((turns is None, turns or 0, instrument, len(ahead) + 1, len({*rivals, me})))
    has_no_room, turns, instrument, place, of = min(places, key=lambda found: found[:2])
    return WaitingPlace(instrument, place, of, None if has_no_room else night.estimate_turn(turns))


def group_waiting(night: BandNight) -> tuple[tuple[str, tuple[Waiting, ...]], ...]:
    """Return those who wait by the name of their main instrument, in the order in which their turn comes."""
    groups: dict[str, list[Waiting]] = {}
    for person in night.queue:
        groups.setdefault(person.plays[0] if person.plays else "other", []).append(person)
    order = get_catalogue().order
    slugs = sorted(groups, key=lambda slug: (order.get(slug, len(order)), slug))
    return tuple((describe_part(slug), tuple(groups[slug])) for slug in slugs)


def read_band_night(jam: Jam, *, now: datetime) -> BandNight:
    """Read the bands and the waiting list of `jam`, in three queries."""
    bands = list(Band.objects.filter(jam=jam).annotate(song_count=Count("songs")).with_seats().order_by("place", "pk"))
    people = list(Attendee.objects.filter(Q(waits_since__isnull=False) | Q(in_house_band=True), jam=jam).order_by("pk"))
    turn_minutes = float(jam.set_minutes or jam.set_songs * SONG_MINUTES)
    stage, pace = _find_stage(jam, bands, turn_minutes), _learn_pace(jam, bands, turn_minutes)
    coming = sorted(
        (band for band in bands if band.status in Band.UPCOMING),
        key=lambda band: (band.status != BandStatus.CALLED, band.place, band.pk),
    )
    played = _list_played(bands)
    starts = estimate_starts(stage, [turn_minutes] * len(coming), pace=pace, now=now)
    turns = Counter(seat.attendee_id for band in bands if band.status in Band.TURNS for seat in _list_present(band))
    busy = {
        seat.attendee_id
        for band in bands
        if band.status in (*Band.UPCOMING, BandStatus.ON_STAGE)
        for seat in band.seats.all()
    }
    return BandNight(
        now=now,
        on_stage=next((_build_turn(band) for band in bands if band.status == BandStatus.ON_STAGE), None),
        coming=tuple(_build_turn(band, start) for band, start in zip(coming, starts, strict=True)),
        played=tuple(map(_build_turn, played)),
        waiting=tuple(_build_waiting(person, turns, busy) for person in people),
        plan=list_places(jam),
        together=_count_together(bands),
        everyone_once_first=jam.everyone_once_first,
        turn_minutes=turn_minutes,
        pace=pace,
        stage=stage,
        until=jam.hard_stop_at or jam.ends_at,
    )


def _build_turn(band: Any, start: Range | None = None) -> BandTurn:
    players = tuple(
        Player(seat.attendee_id, seat.attendee.name, seat.instrument, seat.no_show, seat.has_seen(band.called_at))
        for seat in band.seats.all()
    )
    return BandTurn(band.pk, band.name, band.needs, band.status, players, start)


def _build_waiting(person: Attendee, turns: Counter[int], busy: Collection[int]) -> Waiting:
    return Waiting(
        pk=person.pk,
        name=person.name,
        plays=tuple(person.plays),
        waits_since=person.waits_since,
        leaves_at=person.leaves_at,
        is_new=person.is_new,
        turns=turns[person.pk],
        is_busy=person.pk in busy,
        in_house_band=person.in_house_band,
        sits_out=person.sits_out,
    )


def _list_present(band: Any) -> list[Any]:
    return [seat for seat in band.seats.all() if not seat.no_show]


def _count_together(bands: Iterable[Any]) -> dict[frozenset[int], int]:
    """Return in how many bands of tonight each pair of people was."""
    pairs: Counter[frozenset[int]] = Counter()
    for band in bands:
        if band.status in Band.TURNS:
            pairs.update(map(frozenset, combinations((seat.attendee_id for seat in _list_present(band)), 2)))
    return dict(pairs)


def _list_played(bands: Iterable[Any]) -> list[Any]:
    return sorted((band for band in bands if band.status == BandStatus.PLAYED), key=lambda band: band.started_at)


def _find_stage(jam: Jam, bands: Iterable[Any], turn_minutes: float) -> Stage:
    """Return what goes on now. Since when a break lasts is not recorded: it counts from the end of the last turn."""
    on_stage = next((band for band in bands if band.status == BandStatus.ON_STAGE), None)
    if on_stage:
        return Stage(Phase.TURN, on_stage.started_at, _get_planned(on_stage, turn_minutes))
    ends = [band.finished_at for band in bands if band.finished_at]
    phase = Phase.BREAK if jam.status == JamStatus.PAUSED else Phase.CHANGE_OVER
    return Stage(phase, max([jam.starts_at, *ends]))


def _get_planned(band: Any, turn_minutes: float) -> float:
    """Return how long a set was meant to be: by its songs, if it has any, as sets may have been made shorter since."""
    return band.song_count * SONG_MINUTES if band.song_count else turn_minutes


def _learn_pace(jam: Jam, bands: Iterable[Any], turn_minutes: float) -> Pace:
    played = _list_played(bands)
    turns = [
        Timed(_get_planned(band, turn_minutes), (band.finished_at - band.started_at) / timedelta(minutes=1))
        for band in played
    ]
    change_over = float(max(1, jam.changeover_minutes))
    gaps = [(after.started_at - before.finished_at) / timedelta(minutes=1) for before, after in pairwise(played)]
    dropped = sum(band.status == BandStatus.DROPPED for band in bands)
    return learn_pace(turns, [Timed(change_over, gap) for gap in gaps], change_over=change_over, dropped=dropped)
