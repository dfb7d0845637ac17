"""Will it fit: how many bands are likely to play before the end, and how long sets may be so that all do. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.local_times import format_clock
from jams.models import Format, Jam
from jams.selectors.band_night import BandNight
from jams.selectors.clock import SONG_MINUTES, will_fit
from songs.instruments import serves

LEAST_SONGS, LEAST_MINUTES = 1, 5  # shorter sets are not worth the change-over


@dataclass(frozen=True)
class Fit:
    """How many of all turns to come are likely to be over at `until`.

    `shorter` is the longest set with which all of them are, or else the one with which most are: so many songs, or
    minutes if `counts_minutes`, with `fitting_then` turns. It is 0 if shorter sets would not help.
    """

    fitting: int
    turns: int
    listed: int  # of the turns: those in the running order; the others are for musicians who wait for their first
    until: datetime
    shorter: int
    fitting_then: int
    counts_minutes: bool
    are_acts: bool

    @property
    def unit(self) -> str:
        """The argument of `shorten_sets` that takes the length."""
        return "minutes" if self.counts_minutes else "songs"

    def describe(self, zone: tzinfo) -> str:
        """Return a sentence for the host, in the reader's language."""
        words = {"fit": self.fitting, "all": self.turns, "time": format_clock(self.until, zone)}
        if self.are_acts:
            told = ngettext(
                "At this pace %(fit)d of %(all)d act plays before %(time)s",
                "At this pace %(fit)d of %(all)d acts play before %(time)s",
                self.turns,
            )
        else:
            told = ngettext(
                "At this pace %(fit)d of %(all)d band plays before %(time)s",
                "At this pace %(fit)d of %(all)d bands play before %(time)s",
                self.turns,
            )
        told %= words
        if not self.shorter:
            return f"{told}."
        length = describe_set_length(self.shorter, counts_minutes=self.counts_minutes)
        if self.fitting_then == self.turns:
            then = _("with sets of %(length)s all of them do.") % {"length": length}
        else:
            then = _("with sets of %(length)s %(n)d do.") % {"length": length, "n": self.fitting_then}
        return f"{told}; {then}"


def describe_set_length(number: int, *, counts_minutes: bool) -> str:
    """Return the length of a set in words, in the reader's language."""
    if counts_minutes:
        return _("%(n)d min") % {"n": number}
    return ngettext("%(n)d song", "%(n)d songs", number) % {"n": number}


def describe_shorter_sets(jam: Jam) -> str:
    """Return what the room is told after sets were made shorter, in the reader's language; otherwise nothing."""
    if not jam.sets_shortened:
        return ""
    length = describe_set_length(jam.set_minutes or jam.set_songs, counts_minutes=bool(jam.set_minutes))
    return _("Sets are shorter now, so that more of you can play: %(length)s each.") % {"length": length}


def find_fit(night: BandNight) -> Fit | None:
    """Return what fits in before the end of the night; None if nobody is to come."""
    jam, listed = night.jam, len(night.coming)
    turns = listed + _count_first_turns(night)
    if not turns:
        return None

    def count(number: int) -> int:
        minutes = number if jam.set_minutes else number * SONG_MINUTES
        stage = replace(night.stage, planned=min(night.stage.planned, minutes))
        return will_fit(stage, [minutes] * turns, pace=night.pace, now=night.now, until=jam.music_ends_at)

    now = jam.set_minutes or jam.set_songs
    fitting = will_fit(
        night.stage, [night.turn_minutes] * turns, pace=night.pace, now=night.now, until=jam.music_ends_at
    )
    shorter = _find_longest(LEAST_MINUTES if jam.set_minutes else LEAST_SONGS, now - 1, turns, count)
    then = count(shorter) if shorter and fitting < turns else 0
    is_better = then > fitting
    return Fit(
        fitting=fitting,
        turns=turns,
        listed=listed,
        until=jam.music_ends_at,
        shorter=shorter if is_better else 0,
        fitting_then=then if is_better else fitting,
        counts_minutes=bool(jam.set_minutes),
        are_acts=jam.format == Format.OPEN_MIC,
    )


def _find_longest(least: int, most: int, turns: int, count: Callable[[int], int]) -> int:
    """Return the longest set from `least` to `most` with which all `turns` fit, else `least`; 0 if there is none."""
    if most < least:
        return 0
    while least < most:  # the longer, the fewer fit
        middle = (least + most + 1) // 2
        if count(middle) == turns:
            least = middle
        else:
            most = middle - 1
    return least


def _count_first_turns(night: BandNight) -> int:
    """Return how many more bands it takes until everybody who waits has played once, with the main instrument."""
    if night.jam.format == Format.OPEN_MIC:
        return 0
    first = [person.plays[0] for person in night.queue if person.plays and not person.turns]
    needs = [0]
    for place in night.plan:
        able = sum(serves(instrument, place.instrument) for instrument in first)
        room = sum(other.count for other in night.plan if serves(place.instrument, other.instrument))
        needs.append(-(-able // room))
    return max(needs)
