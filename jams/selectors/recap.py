"""The recap of a night for everybody: what was played, and by whom, as far as they still want to be named."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.exceptions import NotFound
from jams import policies
from jams.models import EntryStatus, Jam
from jams.selectors.band_night import BandTurn, read_band_night


@dataclass(frozen=True)
class Players:
    """Who played: `named` holds (name, part or instrument), `others` counts those who left or were forgotten."""

    named: tuple[tuple[str, str], ...]
    others: int


@dataclass(frozen=True)
class PlayedSong:
    title: str
    artist: str
    votes: int
    players: Players


@dataclass(frozen=True)
class PlayedBand:
    """A band; `name` is that of an act."""

    name: str
    players: Players


@dataclass(frozen=True)
class Recap:
    """`musicians` counts everybody who was on stage."""

    jam: Jam
    songs: tuple[PlayedSong, ...]
    bands: tuple[PlayedBand, ...]
    musicians: int


def read_recap(slug: str) -> Recap:
    """Read the recap of the jam at this address, in four queries, or seven with bands; raises NotFound.

    Nobody is named who has left or was forgotten, and nobody at all once the names of the jam are deleted.
    """
    jam = Jam.objects.get_for_page(slug)
    if not jam.has_recap:
        raise NotFound(_("There's no recap of this night."))
    named = set() if jam.forgotten_at else {*jam.attendees.filter(left_at=None).values_list("pk", flat=True)}
    played = jam.entries.filter(status=EntryStatus.PLAYED).for_board().order_by("finished_at", "pk")
    on_songs = [(entry, [one for one in entry.performances.all() if not one.no_show]) for entry in played]
    bands = read_band_night(jam, now=jam.ended_at or jam.ends_at).played if policies.has_bands(jam) else ()
    people = {one.attendee_id for _entry, performances in on_songs for one in performances}
    people |= {player.attendee for band in bands for player in band.present}
    return Recap(
        jam=jam,
        songs=tuple(_build_song(entry, performances, named) for entry, performances in on_songs),
        bands=tuple(_build_band(band, named) for band in bands),
        musicians=len(people),
    )


def _build_song(entry: Any, performances: Iterable[Any], named: Collection[int]) -> PlayedSong:
    people = ((one.attendee_id, one.attendee.name, str(one.part_name)) for one in performances)
    return PlayedSong(entry.song.title, entry.song.artist, entry.vote_count, _name_players(people, named))


def _build_band(band: BandTurn, named: Collection[int]) -> PlayedBand:
    """Build the line of a band; the name of an act is often a person's, so it goes with the last of its people."""
    people = ((player.attendee, player.name, str(player.instrument_name)) for player in band.present)
    players = _name_players(people, named)
    return PlayedBand(band.name if players.named else "", players)


def _name_players(people: Iterable[tuple[int, str, str]], named: Collection[int]) -> Players:
    everybody = list(people)
    shown = tuple((name, part) for pk, name, part in everybody if pk in named)
    return Players(shown, others=len({pk for pk, _name, _part in everybody if pk not in named}))
