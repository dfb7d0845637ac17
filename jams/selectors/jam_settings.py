"""The settings of a jam for its hosts: the choices of each, and the current one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jams import policies
from jams.models import Format, Jam, SignUps, Suggestions, Voting
from jams.services.event_log import Verb
from jams.services.host_actions import HOST_ACTIONS, HostAction
from jams.services.jam_settings import LIMITS, SET_SONGS
from songs.shipped_instruments import InstrumentSet


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    is_current: bool

    @property
    def aria_pressed(self) -> str:
        return "true" if self.is_current else "false"


@dataclass(frozen=True)
class Setting:
    action: HostAction
    choices: tuple[Choice, ...]

    @property
    def field(self) -> str:
        """The name of the form field that holds the choice."""
        return self.action.arguments[0].name


def list_settings(jam: Jam) -> list[Setting]:
    """Return the settings of `jam` that its hosts can change on the console."""
    limit = jam.performing_limit
    limits = [(number, str(number)) for number in _list_near(limit, LIMITS)]
    edits = "yes" if jam.musicians_edit_chords else "no"
    return [
        _setting(Verb.SET_VOTING, Voting.choices, jam.voting),
        _setting(Verb.SET_SIGN_UPS, SignUps.choices, jam.sign_ups),
        _setting(Verb.SET_SUGGESTIONS, Suggestions.choices, jam.suggestions),
        _setting(Verb.SET_INSTRUMENT_SET, InstrumentSet.choices, jam.instrument_set),
        _setting(Verb.SET_PERFORMING_LIMIT, limits, limit),
        _setting(Verb.SET_MUSICIANS_EDIT_CHORDS, [("yes", _("yes")), ("no", _("no"))], edits),
        _setting(Verb.SET_FORMAT, Format.choices, jam.format),
        *(_list_sets(jam) if policies.has_bands(jam) else []),
    ]


def _list_sets(jam: Jam) -> list[Setting]:
    """Return the settings that only bands and acts need."""
    minutes = sorted({10, 15, 20, 30} | ({jam.set_minutes} if jam.set_minutes else set()))
    between = sorted({0, 3, 5, 10, jam.changeover_minutes})
    once = "yes" if jam.everyone_once_first else "no"
    return [
        _setting(Verb.SET_SET_SONGS, [(n, n) for n in _list_near(jam.set_songs, SET_SONGS)], jam.set_songs),
        _setting(Verb.SET_SET_MINUTES, [("", _("none")), *((n, n) for n in minutes)], jam.set_minutes or ""),
        _setting(Verb.SET_CHANGEOVER_MINUTES, [(n, n) for n in between], jam.changeover_minutes),
        _setting(Verb.SET_EVERYONE_ONCE_FIRST, [("yes", _("yes")), ("no", _("no"))], once),
    ]


def _list_near(number: int, allowed: range) -> list[int]:
    return [near for near in (number - 1, number, number + 1) if near in allowed]


def _setting(verb: Verb, choices: Iterable[tuple[Any, Any]], current: Any) -> Setting:
    offered = tuple(Choice(str(value), str(label), value == current) for value, label in choices)
    return Setting(HOST_ACTIONS[verb], offered)
