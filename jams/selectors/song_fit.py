"""Will it fit, for a list of songs: how many of those to come are likely to be over before the end. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.local_times import format_clock
from jams.models import JamStatus
from jams.selectors.clock import (
    SONG_CHANGE_OVER,
    SONG_MINUTES,
    PastTurn,
    Phase,
    Range,
    Stage,
    estimate_end,
    find_gap,
    learn_from_turns,
    will_fit,
)
from jams.selectors.console import Console

FAR_AWAY = timedelta(hours=10)  # a time of day could be taken for an earlier one


@dataclass(frozen=True)
class SongFit:
    """How many of the songs to come are likely to be over at `until`.

    `end` is when the last of them all would be over; None if that is so late that a time of day does not tell it.
    """

    fitting: int
    songs: int
    until: datetime
    end: Range | None

    def describe(self, zone: tzinfo) -> str:
        """Return how many fit, in a few words beside the title of the queue."""
        told = ngettext(
            "%(fit)d of %(all)d fits in before %(time)s", "%(fit)d of %(all)d fit in before %(time)s", self.songs
        )
        return told % {"fit": self.fitting, "all": self.songs, "time": format_clock(self.until, zone)}

    def describe_end(self, zone: tzinfo) -> str:
        """Return when the last song would end, as a sentence; empty if that is too far away."""
        if self.end is None:
            return ""
        return _("At this pace the last song in the queue would end %(end)s.") % {"end": self.end.describe(zone)}


def find_song_fit(console: Console, *, now: datetime) -> SongFit | None:
    """Return what fits in; None without songs to come, and outside the hours of the jam, when nobody knows."""
    jam, songs = console.jam, console.songs_to_come
    if not songs or not jam.is_on or now >= jam.music_ends_at:
        return None
    over = [
        PastTurn(SONG_MINUTES, song.started_at, song.finished_at)
        for song in console.played
        if song.started_at and song.finished_at
    ]
    pace = learn_from_turns(over, change_over=SONG_CHANGE_OVER)
    if console.on_stage and console.on_stage.started_at:
        stage = Stage(Phase.TURN, console.on_stage.started_at, SONG_MINUTES)
    else:
        stage = find_gap(over, begins_at=jam.starts_at, is_break=jam.status == JamStatus.PAUSED)
    lengths, until = [SONG_MINUTES] * songs, jam.music_ends_at
    fitting = will_fit(stage, lengths, pace=pace, now=now, until=until)
    end = estimate_end(stage, lengths, pace=pace, now=now)
    return SongFit(fitting, songs, until, end if end.latest < now + FAR_AWAY else None)
