"""Fairness of a night of bands: who has played, how long they waited, who played twice before everyone once.

Pure: counted from turns on stage and from those who still wait, on the waiting list or in a band or an act to come.
The house band plays where nobody else can, so it counts nowhere.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_high

from django.utils.translation import gettext as _

from songs.parts import describe_part


@dataclass(frozen=True)
class Turn:
    """A turn on stage. `chosen_at` is when it was decided who plays, `people` holds one entry for each musician."""

    chosen_at: datetime
    started_at: datetime
    people: tuple["Played", ...]


@dataclass(frozen=True)
class Played:
    person: int
    instrument: str
    waited_since: datetime


@dataclass(frozen=True)
class Fairness:
    """How many of the musicians have played, and the median wait for the first turn, in minutes.

    Whoever still waits for a first turn counts with the wait so far. `again` says on which instruments somebody took
    another turn while others were waiting for their first, and how often, the most frequent one first.
    """

    played: int
    musicians: int
    median_wait: int
    again: tuple[tuple[str, int], ...] = ()

    def describe(self) -> str:
        """Return a sentence for the room; empty while nobody is there."""
        return "; ".join(filter(None, (self.describe_turns(), self.describe_repeats())))

    def describe_turns(self) -> str:
        """Say who has played, and how long people waited for it."""
        if not self.musicians:
            return ""
        told = _("%(played)d of %(all)d musicians have played") % {"played": self.played, "all": self.musicians}
        if self.median_wait:
            told += "; " + _("median wait %(n)d min") % {"n": self.median_wait}
        return told

    def describe_repeats(self) -> str:
        """Say who took another turn before all had their first; empty while nobody has played."""
        if not self.again:
            return _("nobody twice before everyone once") if self.played else ""
        twice = ", ".join(f"{describe_part(slug)} ({number})" for slug, number in self.again)
        return _("nobody twice before everyone once, except %(instruments)s") % {"instruments": twice}


def measure_fairness(turns: Iterable[Turn], waiting: Iterable[tuple[int, datetime]], *, now: datetime) -> Fairness:
    """Return the fairness of a night whose `turns` have begun, with `waiting`: who waits at `now`, and since when."""
    first: dict[int, tuple[datetime, datetime]] = {}  # since when somebody waited for the first turn, and its start
    repeats: list[tuple[str, datetime]] = []
    for turn in sorted(turns, key=lambda turn: turn.started_at):
        for played in turn.people:
            if played.person in first:
                repeats.append((played.instrument, turn.chosen_at))
            else:
                first[played.person] = min(played.waited_since, turn.started_at), turn.started_at
    still = {person: (min(since, now), now) for person, since in waiting if person not in first}
    waits = [*first.values(), *still.values()]
    again = Counter(slug for slug, at in repeats if any(since < at < until for since, until in waits))
    median = median_high(until - since for since, until in waits) if waits else timedelta()
    return Fairness(
        played=len(first),
        musicians=len(waits),
        median_wait=median // timedelta(minutes=1),
        again=tuple(sorted(again.items(), key=lambda item: (-item[1], item[0]))),
    )
