"""Who may do what at a jam, one function per rule. Services, pages, the API and the admin all use them.

Every rule has a case for every mode; a missing case is a type error. Unknown modes, such as one that a later release
wrote to the database, are denied.
"""

import logging
from enum import Enum
from typing import Literal, Never

from django.db.models import TextChoices

from jams.models import Attendee, Format, Jam, JamStatus, SignUps, Suggestions, Voting

logger = logging.getLogger(__name__)


class Audience(Enum):
    """Who at a jam may do something, besides its hosts."""

    EVERYONE = "everyone"
    MUSICIANS = "musicians"
    NOBODY = "nobody"

    def includes(self, attendee: Attendee | None) -> bool:
        """Whether `attendee`, who must be at the jam in question, belongs to this audience."""
        match self:
            case Audience.EVERYONE:
                return True
            case Audience.MUSICIANS:
                return attendee is not None and attendee.is_musician
            case Audience.NOBODY:
                return False


def read_mode[Mode: TextChoices](kind: type[Mode], value: str) -> Mode | None:
    """Return the mode with this value, or None if this release does not know it."""
    return kind(value) if value in kind.values else None


def who_may_vote(jam: Jam) -> Audience:
    if not _is_open(jam):
        return Audience.NOBODY
    match read_mode(Voting, jam.voting):
        case Voting.EVERYONE:
            return Audience.EVERYONE
        case Voting.MUSICIANS:
            return Audience.MUSICIANS
        case Voting.CLOSED | None:
            return Audience.NOBODY
        case mode:
            return _deny(mode)


def who_may_suggest(jam: Jam) -> Audience:
    """Who may suggest songs; see also `needs_approval`."""
    if not _is_open(jam):
        return Audience.NOBODY
    match read_mode(Suggestions, jam.suggestions):
        case Suggestions.EVERYONE | Suggestions.APPROVAL:
            return Audience.EVERYONE
        case Suggestions.MUSICIANS:
            return Audience.MUSICIANS
        case Suggestions.OFF | None:
            return Audience.NOBODY
        case mode:
            return _deny(mode)


def needs_approval(jam: Jam) -> bool:
    """Whether the host must approve suggestions before they enter the queue."""
    match read_mode(Suggestions, jam.suggestions):
        case Suggestions.EVERYONE | Suggestions.MUSICIANS:
            return False
        case Suggestions.APPROVAL | Suggestions.OFF | None:
            return True
        case mode:
            return _deny(mode) is Audience.NOBODY


def who_may_sign_up(jam: Jam) -> Audience:
    """Who may take a part in a song of the set list."""
    match read_mode(Format, jam.format):
        case Format.SONGS | Format.MIXED:
            return _who_may_enter(jam)
        case Format.BANDS | Format.OPEN_MIC | None:
            return Audience.NOBODY
        case mode:
            return _deny(mode)


def has_parts(jam: Jam) -> bool:
    """Whether musicians take parts in songs, now or until sign-ups were closed."""
    match read_mode(Format, jam.format):
        case Format.SONGS | Format.MIXED:
            return True
        case Format.BANDS | Format.OPEN_MIC | None:
            return False
        case mode:
            return _deny(mode) is not Audience.NOBODY


def who_may_wait(jam: Jam) -> Audience:
    """Who may go on the waiting list, from which the host puts bands together."""
    return _who_may_enter(jam) if has_waiting_list(jam) else Audience.NOBODY


def who_may_sign_up_act(jam: Jam) -> Audience:
    """Who may sign an act up for the running order of an open mic."""
    match read_mode(Format, jam.format):
        case Format.OPEN_MIC | Format.MIXED:
            return _who_may_enter(jam)
        case Format.SONGS | Format.BANDS | None:
            return Audience.NOBODY
        case mode:
            return _deny(mode)


def takes_players(jam: Jam) -> bool:
    """Whether musicians can still get on one of the lists: for a part in a song, for a band, or with an act."""
    rules = (who_may_sign_up, who_may_wait, who_may_sign_up_act)
    return any(rule(jam) is not Audience.NOBODY for rule in rules)


def has_waiting_list(jam: Jam) -> bool:
    """Whether the host puts bands together from those who wait."""
    match read_mode(Format, jam.format):
        case Format.BANDS | Format.MIXED:
            return True
        case Format.SONGS | Format.OPEN_MIC | None:
            return False
        case mode:
            return _deny(mode) is not Audience.NOBODY


def has_bands(jam: Jam) -> bool:
    """Whether the jam has a running order of bands or acts."""
    match read_mode(Format, jam.format):
        case Format.BANDS | Format.OPEN_MIC | Format.MIXED:
            return True
        case Format.SONGS | None:
            return False
        case mode:
            return _deny(mode) is not Audience.NOBODY


def _who_may_enter(jam: Jam) -> Audience:
    """Who may go on any list of those who would like to play."""
    if not _is_open(jam):
        return Audience.NOBODY
    match read_mode(SignUps, jam.sign_ups):
        case SignUps.OPEN:
            return Audience.MUSICIANS
        case SignUps.CLOSED | None:
            return Audience.NOBODY
        case mode:
            return _deny(mode)


def who_may_see_chords(jam: Jam) -> Audience:
    """Who may see chord sheets, besides the hosts; also after the jam, to look up a song again."""
    return Audience.NOBODY if read_mode(JamStatus, jam.status) is None else Audience.MUSICIANS


def who_may_edit_chords(jam: Jam) -> Audience:
    """Who may change the jam's own chord sheets, besides the hosts."""
    return Audience.MUSICIANS if _is_open(jam) and jam.musicians_edit_chords is True else Audience.NOBODY


def _is_open(jam: Jam) -> bool:
    """Whether guests can act at `jam`: before it starts, while it is on, and during breaks."""
    match read_mode(JamStatus, jam.status):
        case JamStatus.SCHEDULED | JamStatus.LIVE | JamStatus.PAUSED:
            return True
        case JamStatus.ENDED | JamStatus.CANCELLED | None:
            return False
        case status:
            return _deny(status) is not Audience.NOBODY


def _deny(mode: Never) -> Literal[Audience.NOBODY]:
    """Deny an unknown mode. As with `typing.assert_never`, a reachable call is a type error."""
    logger.error("No rule for the mode %r: nobody is let in.", mode)
    return Audience.NOBODY
