from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from jams.selectors.band_proposal import (
    LEAVES_SOON,
    Place,
    ProposedSeat,
    Reason,
    ReasonKind,
    Waiting,
    list_alternatives,
    propose_band,
)

NOW = datetime(2026, 11, 27, 21, 0, tzinfo=UTC)
INSTRUMENTS = ("drums", "bass", "guitar", "vocals")
ROCK = (Place("vocals"), Place("guitar", 2), Place("bass"), Place("drums"), Place("keys", is_optional=True))


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def someone(pk: int, *plays: str, waits: int = 30, **more: object) -> Waiting:
    return Waiting(pk=pk, name=f"Musician {pk}", plays=plays, waits_since=NOW - minutes(waits), **more)  # type: ignore[arg-type] # fields by name


people = st.builds(
    Waiting,
    pk=st.integers(1, 1000),
    name=st.just("Somebody"),
    plays=st.lists(st.sampled_from(INSTRUMENTS), unique=True, min_size=1, max_size=3).map(tuple),
    waits_since=st.integers(0, 90).map(lambda wait: NOW - minutes(wait)),
    leaves_at=st.sampled_from([None, None, NOW - minutes(5), NOW + minutes(20), NOW + minutes(40), NOW + minutes(150)]),
    is_new=st.booleans(),
    turns=st.integers(0, 2),
    is_busy=st.sampled_from([False, False, True]),
    in_house_band=st.sampled_from([False, False, False, True]),
    sits_out=st.sampled_from([False, False, False, True]),
    missed_last=st.booleans(),
)
crowds = st.lists(people, unique_by=lambda person: person.pk, max_size=6)
guests = st.lists(
    st.builds(
        someone,
        st.integers(1, 1000),
        st.sampled_from(INSTRUMENTS),
        st.sampled_from(INSTRUMENTS),
        waits=st.integers(0, 90),
        turns=st.integers(0, 2),
        is_new=st.booleans(),
    ),
    unique_by=lambda person: person.pk,
    min_size=3,
    max_size=8,
)
plans = st.lists(
    st.builds(Place, instrument=st.sampled_from(INSTRUMENTS), count=st.integers(1, 2), is_optional=st.booleans()),
    unique_by=lambda place: place.instrument,
    min_size=1,
    max_size=3,
).map(tuple)
bonds = st.dictionaries(st.frozensets(st.integers(1, 1000), min_size=2, max_size=2), st.integers(1, 3), max_size=5)


def propose(crowd: list[Waiting], plan: tuple[Place, ...] = ROCK, **more: object) -> tuple[ProposedSeat, ...]:
    return propose_band(crowd, plan, **{"together": {}, "now": NOW, **more})  # type: ignore[arg-type] # fields by name


def band_of(seats: tuple[ProposedSeat, ...]) -> list[Waiting]:
    return [seat.person for seat in seats if seat.person]


def names_by_need(seats: tuple[ProposedSeat, ...]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for seat in seats:
        found.setdefault(seat.need, []).append(seat.person.pk if seat.person else 0)
    return found


def reasons_of(seats: tuple[ProposedSeat, ...], pk: int) -> list[ReasonKind]:
    return [reason.kind for seat in seats if seat.person and seat.person.pk == pk for reason in seat.reasons]


def list_bands(crowd: list[Waiting], needs: list[str]) -> Iterator[frozenset[Waiting]]:
    """Try all ways: every set of people who can fill exactly these places."""
    return (frozenset(some) for some in combinations(crowd, len(needs)) if can_share(needs, some))


def can_share(needs: list[str], band: tuple[Waiting, ...]) -> bool:
    """Whether each of the people in `band` can take one of the places."""
    if not needs:
        return not band
    first, *rest = needs
    return any(first in band[n].plays and can_share(rest, band[:n] + band[n + 1 :]) for n in range(len(band)))


def filled(seats: tuple[ProposedSeat, ...]) -> list[str]:
    return [seat.need for seat in seats if seat.person]


@given(crowds, plans, bonds, st.booleans(), st.randoms())
def test_proposal_does_not_depend_on_the_order_of_rows(crowd, plan, together, once, random):
    shuffled = random.sample(crowd, len(crowd))
    same = {"together": together, "everyone_once_first": once}
    assert propose(shuffled, plan, **same) == propose(crowd, plan, **same)


@given(crowds, plans, bonds, st.booleans())
def test_proposal_seats_nobody_twice_or_on_a_wrong_instrument(crowd, plan, together, once):
    seats = propose(crowd, plan, together=together, everyone_once_first=once)
    band = band_of(seats)
    assert max(Counter(person.pk for person in band).values(), default=1) == 1
    assert all(seat.need == seat.instrument in seat.person.plays for seat in seats if seat.person)
    planned = Counter({place.instrument: place.count for place in plan})
    assert Counter(seat.need for seat in seats) <= planned


@given(crowds, plans, bonds)
def test_proposal_leaves_out_who_sits_out_or_has_gone(crowd, plan, together):
    band = band_of(propose(crowd, plan, together=together))
    assert not [person for person in band if person.sits_out or (person.leaves_at and person.leaves_at <= NOW)]


@given(crowds, plans)
def test_place_stays_empty_only_if_nobody_can_fill_it(crowd, plan):
    """Whoever is left cannot be added to the required places, however the band changes places."""
    required = [place.instrument for place in plan if not place.is_optional for _number in range(place.count)]
    able = [person for person in crowd if person.can_play(NOW)]
    seats = propose(crowd, plan)
    optional = Counter({place.instrument: place.count for place in plan if place.is_optional})
    taken = [need for need in filled(seats) if not optional[need]]
    most = max(
        size for size in range(len(required) + 1) if any(can_fill(able, some) for some in combinations(required, size))
    )
    assert len(taken) == most


def can_fill(crowd: list[Waiting], needs: tuple[str, ...]) -> bool:
    return next(list_bands(crowd, list(needs)), None) is not None


@given(crowds, plans)
def test_drums_come_before_bass_before_all_others(crowd, plan):
    seats = propose(crowd, tuple(replace(place, is_optional=False) for place in plan))
    able = [person for person in crowd if person.can_play(NOW)]
    drums, bass = Counter(seat.need for seat in seats)["drums"], Counter(seat.need for seat in seats)["bass"]
    most_drums = min(drums, sum("drums" in person.plays for person in able))
    assert filled(seats).count("drums") == most_drums
    both = [n for n in range(bass + 1) if can_fill(able, ("drums",) * most_drums + ("bass",) * n)]
    assert filled(seats).count("bass") == max(both)


@given(guests, plans)
def test_everyone_plays_once_before_anyone_twice(crowd, plan):
    """No other band in the same places has fewer second turns."""
    crowd = [replace(person, is_new=False) for person in crowd]
    seats = propose(crowd, plan)
    fewest = min(sorted(person.turns for person in other) for other in list_bands(crowd, filled(seats)))
    assert sorted(person.turns for person in band_of(seats)) == fewest


@given(crowds, plans)
def test_nobody_plays_twice_running_unless_nobody_else_can(crowd, plan):
    seats = propose(crowd, plan)
    able = [person for person in crowd if person.can_play(NOW)]
    fewest = min(sum(person.is_busy for person in other) for other in list_bands(able, filled(seats)))
    assert sum(person.is_busy for person in band_of(seats)) == fewest


@given(crowds, plans)
def test_house_band_plays_only_where_no_guest_can(crowd, plan):
    crowd = [replace(person, is_busy=False, is_new=False) for person in crowd]
    seats = propose(crowd, plan)
    able = [person for person in crowd if person.can_play(NOW)]
    fewest = min(sum(person.in_house_band for person in other) for other in list_bands(able, filled(seats)))
    assert sum(person.in_house_band for person in band_of(seats)) == fewest


@given(guests, plans)
def test_newcomers_play_among_themselves_only_if_they_must(crowd, plan):
    seats = propose(crowd, plan)
    band = band_of(seats)
    if len(band) > 1 and all(person.is_new for person in band):
        experienced = [person for person in crowd if not person.is_new]
        assert not [p for p in experienced if any(p in other for other in list_bands([*band, p], filled(seats)))]


@given(crowds)
def test_who_leaves_soon_comes_first_then_who_missed_out_last_time_then_who_has_waited(crowd):
    crowd = [replace(p, plays=("guitar",), is_new=False, turns=0, is_busy=False, in_house_band=False) for p in crowd]
    (seat,) = propose(crowd, (Place("guitar"),))
    able = [person for person in crowd if person.can_play(NOW)]
    soon = [person for person in able if person.leaves_at and person.leaves_at - NOW < LEAVES_SOON]
    if soon:
        assert seat.person
        assert seat.person.leaves_at == min(person.leaves_at for person in soon)
    elif able:
        assert seat.person
        first = [person for person in able if person.missed_last] or able
        assert seat.person in first
        assert seat.person.waits_since == min(person.waits_since for person in first)


def test_who_missed_out_last_time_comes_earlier_until_the_first_turn():
    waited, missed = someone(1, "bass", waits=80), someone(2, "bass", waits=5, missed_last=True)
    seats = propose([waited, missed], (Place("bass"),))
    assert seats[0].describe() == "has waited 5 min, did not get to play last time"
    had_turn = replace(missed, turns=1)
    for once in (True, False):
        assert band_of(propose([waited, had_turn], (Place("bass"),), everyone_once_first=once)) == [waited]


@given(crowds, plans, bonds, st.sampled_from(INSTRUMENTS))
def test_alternatives_are_all_others_who_can_play(crowd, plan, together, need):
    band = band_of(propose(crowd, plan, together=together))
    others = list_alternatives(need, crowd, band=band, together=together, now=NOW)
    able = [person for person in crowd if person.can_play(NOW) and need in person.plays and person not in band]
    assert {seat.person for seat in others} == set(able)
    assert [bool(seat.person and seat.person.is_busy) for seat in others if not all(p.is_new for p in band)] == sorted(
        bool(seat.person and seat.person.is_busy) for seat in others if not all(p.is_new for p in band)
    )
    assert all(seat.describe() for seat in others)


def test_night_gives_everybody_a_turn_before_a_second_one():
    """28 musicians, 7 bands of 4: after seven bands everybody has played exactly once."""
    plan = tuple(Place(instrument) for instrument in INSTRUMENTS)
    crowd = [someone(pk, INSTRUMENTS[pk % 4], waits=pk % 13) for pk in range(1, 29)]
    played: Counter[int] = Counter()
    for _band in range(7):
        band = {person.pk for person in band_of(propose(crowd, plan))}
        played.update(band)
        crowd = [replace(p, turns=played[p.pk], is_busy=p.pk in band) for p in crowd]
    assert played == Counter(range(1, 29))


def test_same_people_are_not_put_together_again():
    crowd = [someone(1, "drums", waits=39), someone(2, "bass", waits=34), someone(3, "bass", waits=31)]
    plan = (Place("drums"), Place("bass"))
    assert names_by_need(propose(crowd, plan)) == {"drums": [1], "bass": [2]}
    again = propose(crowd, plan, together={frozenset({1, 2}): 1})
    assert names_by_need(again) == {"drums": [1], "bass": [3]}
    long_wait = [crowd[0], replace(crowd[1], waits_since=NOW - minutes(45)), crowd[2]]
    assert names_by_need(propose(long_wait, plan, together={frozenset({1, 2}): 1}))["bass"] == [2]


def test_everyone_once_can_be_switched_off():
    crowd = [someone(1, "drums", waits=10), someone(2, "drums", waits=50, turns=3)]
    assert names_by_need(propose(crowd, (Place("drums"),))) == {"drums": [1]}
    assert names_by_need(propose(crowd, (Place("drums"),), everyone_once_first=False)) == {"drums": [2]}


def test_people_are_moved_to_their_main_instrument():
    crowd = [someone(1, "guitar", "bass", waits=60), someone(2, "bass", "guitar", waits=50)]
    assert names_by_need(propose(crowd, (Place("bass"), Place("guitar")))) == {"bass": [2], "guitar": [1]}


def test_second_instrument_completes_the_band():
    crowd = [someone(1, "guitar", "drums", waits=5), someone(2, "guitar", waits=60)]
    seats = propose(crowd, (Place("guitar"), Place("drums")))
    assert names_by_need(seats) == {"guitar": [2], "drums": [1]}
    assert ReasonKind.SECOND_INSTRUMENT in reasons_of(seats, 1)


def test_nobody_plays_drums():
    crowd = [someone(1, "bass"), someone(2, "guitar"), someone(3, "vocals")]
    seats = propose(crowd)
    assert names_by_need(seats) == {"vocals": [3], "guitar": [2, 0], "bass": [1], "drums": [0]}
    assert [seat.describe() for seat in seats if seat.need == "drums"] == ["nobody is free to play drums"]


def test_one_drummer_plays_in_every_band():
    crowd = [someone(1, "drums", turns=4, is_busy=True), someone(2, "bass"), someone(3, "guitar")]
    seats = propose(crowd, (Place("drums"), Place("bass"), Place("guitar")))
    assert names_by_need(seats) == {"drums": [1], "bass": [2], "guitar": [3]}
    kinds = [ReasonKind.HAS_PLAYED, ReasonKind.TWO_RUNNING, ReasonKind.NOBODY_ELSE]
    assert reasons_of(seats, 1) == kinds


def test_house_drummer_spares_the_guest_who_is_on_stage():
    crowd = [someone(1, "drums", turns=1, is_busy=True), someone(2, "drums", in_house_band=True)]
    assert names_by_need(propose(crowd, (Place("drums"),))) == {"drums": [2]}


def test_forty_guitarists_leave_the_other_places_empty():
    crowd = [someone(pk, "guitar", waits=pk) for pk in range(1, 41)]
    assert names_by_need(propose(crowd)) == {"vocals": [0], "guitar": [40, 39], "bass": [0], "drums": [0]}


@pytest.mark.parametrize("crowd", [[], [someone(1, "drums", sits_out=True)], [someone(2, "bass", leaves_at=NOW)]])
def test_everybody_has_left(crowd):
    assert names_by_need(propose(crowd)) == {"vocals": [0], "guitar": [0, 0], "bass": [0], "drums": [0]}


def test_optional_place_is_for_guests_only():
    keys = (Place("keys", is_optional=True),)
    assert names_by_need(propose([someone(1, "keys")], keys)) == {"keys": [1]}
    assert propose([someone(1, "keys", in_house_band=True)], keys) == ()
    assert propose([someone(1, "keys", is_busy=True)], keys) == ()


def test_newcomers_get_company_from_those_who_would_break_least():
    new = [someone(1, "drums", waits=50, is_new=True), someone(2, "bass", waits=40, is_new=True)]
    plan = (Place("drums"), Place("bass"))
    played, house = someone(3, "drums", turns=1), someone(4, "bass", in_house_band=True)
    assert names_by_need(propose([*new, played, house], plan)) == {"drums": [1], "bass": [4]}
    seats = propose([*new, played], plan)
    assert names_by_need(seats) == {"drums": [3], "bass": [2]}
    assert ReasonKind.PLAYS_WITH_NEWCOMERS in reasons_of(seats, 3)
    assert Reason(ReasonKind.IS_NEW_NEXT_TO, names=("Musician 3",)) in seats[1].reasons


def test_instrument_can_serve_a_broader_need():
    def serves(instrument: str, need: str) -> bool:
        return need == instrument or (need, instrument) == ("bass", "keys")

    (seat,) = propose([someone(1, "guitar", "keys")], (Place("bass"),), serves=serves)
    assert (seat.need, seat.instrument) == ("bass", "keys")


def test_alternatives_say_why_they_come_in_this_order():
    crowd = [
        someone(1, "bass", waits=12),
        someone(2, "bass", waits=52),
        someone(3, "bass", waits=20, leaves_at=NOW + minutes(25)),
        someone(4, "guitar", "bass", waits=80, turns=1),
        someone(5, "bass", in_house_band=True),
        someone(6, "bass", turns=1, is_busy=True),
    ]
    drummer = someone(7, "drums")
    others = list_alternatives("bass", crowd, band=[drummer], together={frozenset({4, 7}): 2}, now=NOW)
    assert [(seat.person.pk if seat.person else 0, seat.describe()) for seat in others] == [
        (3, "has to leave in 25 min, has waited 20 min"),
        (2, "has waited 52 min"),
        (1, "has waited 12 min"),
        (4, "has waited 80 min, has played 1 time tonight, has played with Musician 7 tonight, mainly plays guitar"),
        (5, "from the house band"),
        (6, "has played 1 time tonight, would play twice running"),
    ]


@pytest.mark.parametrize("kind", ReasonKind)
def test_reason_reads_in_german(kind):
    reason = Reason(kind, number=2, instrument="drums", names=("Ana", "Ben"))
    with translation.override("en"):
        english = reason.describe()
    with translation.override("de"):
        assert reason.describe() != english
    assert "%" not in english


class Counted(Mapping[frozenset[int], int]):
    """How often two people were together, and how often somebody asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __getitem__(self, pair: frozenset[int]) -> int:
        self.asked += 1
        raise KeyError(pair)

    def __iter__(self) -> Iterator[frozenset[int]]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_proposal_for_forty_looks_at_each_person_few_times():
    """Work grows with people times places: nine of them are filled from forty people who all play three instruments."""
    plan = (Place("drums"), Place("bass"), Place("guitar", 4), Place("vocals", 3))
    crowd = [someone(pk, *[INSTRUMENTS[(pk + step) % 4] for step in range(3)], waits=pk) for pk in range(40)]
    together, compared = Counted(), Counter[str]()

    def serves(instrument: str, need: str) -> bool:
        compared[need] += 1
        return need == instrument

    seats = propose(crowd, plan, together=together, serves=serves)
    assert len(band_of(seats)) == 9
    assert together.asked <= 9 * 9 * 40
    assert compared.total() <= 2 * 3 * 4 * 40 + 9 * 3 * 40
