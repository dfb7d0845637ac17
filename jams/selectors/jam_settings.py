"""The switches of a jam as a host sees them: every choice, and which of them holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jams.models import Jam, SignUps, Suggestions, Voting
from jams.services.jam_settings import LIMITS


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    holds: bool

    @property
    def state(self) -> str:
        """As `aria-pressed` has it."""
        return "true" if self.holds else "false"


@dataclass(frozen=True)
class Switch:
    """`field` is what a form calls it; see `jams.views.console.switch`."""

    title: str
    field: str
    choices: tuple[Choice, ...]


def switches(jam: Jam) -> list[Switch]:
    """Return every switch of `jam`."""
    limit = jam.performing_limit
    limits = [(number, str(number)) for number in (limit - 1, limit, limit + 1) if number in LIMITS]
    edits = "yes" if jam.musicians_edit_chords else "no"
    return [
        _switch(_("Voting"), "voting", Voting.choices, jam.voting),
        _switch(_("Sign-ups"), "sign_ups", SignUps.choices, jam.sign_ups),
        _switch(_("Suggestions"), "suggestions", Suggestions.choices, jam.suggestions),
        _switch(_("Songs per musician"), "limit", limits, limit),
        _switch(_("Musicians can change chord sheets"), "chord_edits", [("yes", _("yes")), ("no", _("no"))], edits),
    ]


def _switch(title: str, field: str, choices: Iterable[tuple[Any, Any]], now: Any) -> Switch:
    return Switch(title, field, tuple(Choice(str(value), str(label), value == now) for value, label in choices))
