"""A night of bands or acts: who is on stage, who comes when, and who waits. Three queries, however many people.

It is read the same for everybody: the board shows guests what all may see, and `jams.selectors.bands` adds what hosts
do with it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import combinations
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from jams.models import Attendee, Band, BandStatus, Jam, JamStatus
from jams.selectors.band_proposal import Place, Waiting, rank_waiting
from jams.selectors.clock import (
    SONG_MINUTES,
    Pace,
    PastTurn,
    Phase,
    Range,
    Stage,
    estimate_starts,
    find_gap,
    find_last_sign_up,
    learn_from_turns,
)
from jams.selectors.fairness import Fairness, Played, Turn, measure_fairness
from jams.selectors.stage_plan import list_places
from songs.instruments import get_catalogue, serves
from songs.parts import describe_part


@dataclass(frozen=True)
class Player:
    """Somebody in a band; `attendee` is an id for our own pages, and is never sent out.

    `seen_at` is when the musician had the call before their eyes, `delivered_at` when their locked phone showed it;
    `waited_since` is when the wait for this turn began.
    """

    attendee: int
    name: str
    instrument: str
    waited_since: datetime
    no_show: bool = False
    seen_at: datetime | None = None
    delivered_at: datetime | None = None
    in_house_band: bool = False
    missed_last: bool = False

    @property
    def instrument_name(self) -> str:
        return describe_part(self.instrument)


@dataclass(frozen=True)
class BandTurn:
    """A band's turn. `songs` counts those of its set so far.

    Of a band to come, `start` is when it is likely to begin, and `earlier` names those who did not get to play last
    time, nor tonight.
    """

    pk: int
    name: str
    needs: str
    status: str
    place: int
    slot: int | None
    players: tuple[Player, ...]
    songs: int
    called_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    start: Range | None = None
    earlier: tuple[str, ...] = ()
    code_number: int = 0

    @property
    def is_called(self) -> bool:
        return self.status == BandStatus.CALLED

    @property
    def title(self) -> str:
        """The name of an act, or else the names of the people."""
        return self.name or ", ".join(player.name for player in self.players) or _("a band")

    @property
    def present(self) -> list[Player]:
        return [player for player in self.players if not player.no_show]

    def has(self, attendee: int) -> bool:
        return any(player.attendee == attendee for player in self.players)

    def find_instrument(self, attendee: int) -> str:
        """Return what somebody plays in this band; empty for somebody who is not in it."""
        return next((player.instrument for player in self.players if player.attendee == attendee), "")


@dataclass(frozen=True)
class BandNight:
    """A night of bands as of `now`, without those that were dropped.

    `waiting` are the people on the waiting list and in the house band, in the order of their ids; `together` tells how
    many bands of tonight two people were in together.
    """

    jam: Jam
    now: datetime
    on_stage: BandTurn | None
    coming: tuple[BandTurn, ...]
    played: tuple[BandTurn, ...]
    waiting: tuple[Waiting, ...]
    plan: tuple[Place, ...]
    together: Mapping[frozenset[int], int]
    turn_minutes: float
    pace: Pace
    stage: Stage

    @cached_property
    def queue(self) -> tuple[Waiting, ...]:
        """Those who wait for a place in a band, in the order in which their turn comes."""
        ranked = rank_waiting(self.waiting, now=self.now, everyone_once_first=self.jam.everyone_once_first)
        return tuple(person for person in ranked if person.is_guest and person.waits_since)

    @cached_property
    def fairness(self) -> Fairness:
        begun = [*self.played, self.on_stage] if self.on_stage else self.played
        turns = [
            Turn(
                chosen_at=band.called_at or band.started_at,
                started_at=band.started_at,
                people=tuple(
                    Played(player.attendee, player.instrument, player.waited_since)
                    for player in band.present
                    if not player.in_house_band
                ),
            )
            for band in begun
            if band.started_at
        ]
        return measure_fairness(turns, self._list_first_waits().items(), now=self.now)

    def _list_first_waits(self) -> dict[int, datetime]:
        """Return since when people have waited for a turn: on the waiting list, or in an upcoming band or act."""
        coming = {
            player.attendee: player.waited_since
            for band in reversed(self.coming)
            for player in band.present
            if not player.in_house_band
        }
        listed = {
            person.pk: person.waits_since
            for person in self.waiting
            if person.waits_since and not (person.in_house_band or person.sits_out)
        }
        return {**coming, **listed}

    @property
    def last_sign_up(self) -> datetime | None:
        """Until when it makes sense to join; None if it does not any more."""
        lengths = [self.turn_minutes] * len(self.coming)
        return find_last_sign_up(
            self.stage, lengths, length=self.turn_minutes, pace=self.pace, now=self.now, until=self.jam.music_ends_at
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


def group_waiting(night: BandNight, *, most: int | None = None) -> tuple[tuple[str, tuple[Waiting, ...]], ...]:
    """Return those who wait by the name of their main instrument, in the order in which their turn comes.

    With `most`, only so many whose turn comes first.
    """
    groups: dict[str, list[Waiting]] = {}
    for person in night.queue[:most]:
        groups.setdefault(person.plays[0] if person.plays else "other", []).append(person)
    order = get_catalogue().order
    slugs = sorted(groups, key=lambda slug: (order.get(slug, len(order)), slug))
    return tuple((describe_part(slug), tuple(groups[slug])) for slug in slugs)


def read_band_night(jam: Jam, *, now: datetime) -> BandNight:
    """Read the bands and the waiting list of `jam`, in three queries."""
    rows = Band.objects.filter(jam=jam).annotate(song_count=Count("songs")).with_seats().order_by("place", "pk")
    dropped = sum(row.status == BandStatus.DROPPED for row in rows)
    bands = [_build_turn(row) for row in rows if row.status != BandStatus.DROPPED]
    people = Attendee.objects.filter(Q(waits_since__isnull=False) | Q(in_house_band=True), jam=jam)
    people = people.select_related("card").order_by("pk")
    on_stage = next((band for band in bands if band.status == BandStatus.ON_STAGE), None)
    played = sorted((band for band in bands if band.status == BandStatus.PLAYED), key=lambda band: str(band.started_at))
    coming = sorted(
        (band for band in bands if band.status in Band.UPCOMING),
        key=lambda band: (not band.is_called, band.place, band.pk),
    )
    turn_minutes = float(jam.set_minutes or jam.set_songs * SONG_MINUTES)
    over = _list_past(played, turn_minutes)
    stage = _find_stage(jam, on_stage, over, turn_minutes)
    pace = learn_from_turns(over, change_over=float(max(1, jam.changeover_minutes)), dropped=dropped)
    starts = estimate_starts(stage, [turn_minutes] * len(coming), pace=pace, now=now)
    return BandNight(
        jam=jam,
        now=now,
        on_stage=on_stage,
        coming=tuple(
            replace(band, start=start, earlier=_list_earlier(band, over=[*played, *filter(None, [on_stage])]))
            for band, start in zip(coming, starts, strict=True)
        ),
        played=tuple(played),
        waiting=tuple(_build_waiting(people, bands)),
        plan=list_places(jam),
        together=_count_together(bands),
        turn_minutes=turn_minutes,
        pace=pace,
        stage=stage,
    )


def _build_turn(band: Any) -> BandTurn:
    players = tuple(
        Player(
            attendee=seat.attendee_id,
            name=seat.attendee.name,
            instrument=seat.instrument,
            waited_since=seat.waited_since or seat.created_at,
            no_show=seat.no_show,
            seen_at=seat.seen_at if seat.has_seen(band.called_at) else None,
            delivered_at=seat.delivered_at if seat.has_got(band.called_at) else None,
            in_house_band=seat.attendee.in_house_band,
            missed_last=_has_missed_last(seat.attendee),
        )
        for seat in band.seats.all()
    )
    return BandTurn(
        pk=band.pk,
        name=band.name,
        needs=band.needs,
        status=band.status,
        place=band.place,
        slot=band.slot,
        players=players,
        songs=band.song_count,
        called_at=band.called_at,
        started_at=band.started_at,
        finished_at=band.finished_at,
        code_number=band.code_number,
    )


def _list_earlier(band: BandTurn, *, over: Iterable[BandTurn]) -> tuple[str, ...]:
    had_turn = {player.attendee for other in over for player in other.present}
    return tuple(player.name for player in band.players if player.missed_last and player.attendee not in had_turn)


def _build_waiting(people: Iterable[Attendee], bands: Collection[BandTurn]) -> list[Waiting]:
    turns = Counter(player.attendee for band in bands if band.status in Band.TURNS for player in band.present)
    on_stage = {player.attendee for band in bands if band.status == BandStatus.ON_STAGE for player in band.players}
    up_next = {
        player.attendee for band in bands if band.status in Band.UPCOMING and not band.name for player in band.players
    }
    return [
        Waiting(
            pk=person.pk,
            name=person.name,
            plays=tuple(person.plays),
            waits_since=person.waits_since,
            leaves_at=person.leaves_at,
            is_new=person.is_new,
            turns=turns[person.pk],
            is_busy=person.pk in on_stage,
            is_next=person.pk in up_next,
            in_house_band=person.in_house_band,
            sits_out=person.sits_out,
            has_phone=person.browser is not None,
            missed_last=_has_missed_last(person),
        )
        for person in people
    ]


def _has_missed_last(person: Attendee) -> bool:
    """Whether the series remembers that `person`, read with the card, wanted to play last time and did not."""
    card = getattr(person, "card", None)
    return card is not None and card.missed_last


def _count_together(bands: Iterable[BandTurn]) -> dict[frozenset[int], int]:
    """Return in how many bands of tonight each pair of people was."""
    pairs: Counter[frozenset[int]] = Counter()
    for band in bands:
        if band.status in Band.TURNS:
            pairs.update(map(frozenset, combinations((player.attendee for player in band.present), 2)))
    return dict(pairs)


def _find_stage(jam: Jam, on_stage: BandTurn | None, over: Iterable[PastTurn], turn_minutes: float) -> Stage:
    """Return what goes on now."""
    if on_stage and on_stage.started_at:
        planned = turn_minutes if jam.set_minutes else max(turn_minutes, on_stage.songs * SONG_MINUTES)
        return Stage(Phase.TURN, on_stage.started_at, planned)
    return find_gap(over, begins_at=jam.starts_at, is_break=jam.status == JamStatus.PAUSED)


def _list_past(played: Iterable[BandTurn], turn_minutes: float) -> list[PastTurn]:
    """Return the sets that are over. Each was as long as its songs, if it has any: plans may have changed since."""
    return [
        PastTurn(band.songs * SONG_MINUTES or turn_minutes, band.started_at, band.finished_at)
        for band in played
        if band.started_at and band.finished_at
    ]
