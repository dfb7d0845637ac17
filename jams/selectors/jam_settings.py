"""The settings of a jam for its hosts: the choices of each, and the current one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jams.models import Jam, SignUps, Suggestions, Voting
from jams.services.event_log import Verb
from jams.services.host_actions import HOST_ACTIONS, HostAction
from jams.services.jam_settings import LIMITS
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
    limits = [(number, str(number)) for number in (limit - 1, limit, limit + 1) if number in LIMITS]
    edits = "yes" if jam.musicians_edit_chords else "no"
    return [
        _setting(Verb.SET_VOTING, Voting.choices, jam.voting),
        _setting(Verb.SET_SIGN_UPS, SignUps.choices, jam.sign_ups),
        _setting(Verb.SET_SUGGESTIONS, Suggestions.choices, jam.suggestions),
        _setting(Verb.SET_INSTRUMENT_SET, InstrumentSet.choices, jam.instrument_set),
        _setting(Verb.SET_PERFORMING_LIMIT, limits, limit),
        _setting(Verb.SET_MUSICIANS_EDIT_CHORDS, [("yes", _("yes")), ("no", _("no"))], edits),
    ]


def _setting(verb: Verb, choices: Iterable[tuple[Any, Any]], current: Any) -> Setting:
    offered = tuple(Choice(str(value), str(label), value == current) for value, label in choices)
    return Setting(HOST_ACTIONS[verb], offered)
