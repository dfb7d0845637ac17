"""The slots of an open mic: the numbers in the running order that nobody has yet, and about when their turns come."""

from dataclasses import dataclass

from jams.selectors.band_night import BandNight, BandTurn
from jams.selectors.clock import estimate_starts
from jams.services.band_order import number_bands

MAX_SLOTS = 40  # turns ahead


@dataclass(frozen=True)
class Slot:
    """A number in the running order; `start` says in words when its turn is likely to begin."""

    number: int
    start: str


def list_slots(night: BandNight, mine: BandTurn | None = None) -> list[Slot]:
    """Return the slots that an act can ask for, with that of `mine`, up to the end of the music."""
    called = [band for band in night.coming if band.is_called]
    forming = [band for band in night.coming if not (band.is_called or band is mine)]
    done = len(night.played) + bool(night.on_stage) + len(called)
    taken = number_bands([band.slot for band in forming], done=done)
    lengths = [night.turn_minutes] * (len(called) + MAX_SLOTS)
    starts = estimate_starts(night.stage, lengths, pace=night.pace, now=night.now)[len(called) :]
    zone = night.jam.venue.zone
    return [
        Slot(number, start.describe_likely(zone))
        for number, start in enumerate(starts, start=done + 1)
        if number not in taken and start.likely < night.jam.music_ends_at
    ]
