"""Which song to play next, and why: a suggestion to the host, made of plain rows; the public order is the votes' alone.

Songs whose parts are all taken come first. Among these nobody plays twice in a row while there is another; then a
song that has waited for long; then the most points, where a vote is one point, each song played since it came on
the list is one, and the turns that its musicians have had tonight cost two each, on average.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.text import fold_text

LONG_WAIT = 12  # songs played meanwhile: from then on votes do not matter
POINTS_OF_A_TURN = 2


@dataclass(frozen=True)
class Candidate:
    """A song in the queue. `waited` is how many songs were played since it came; `missing` holds parts in words."""

    entry_id: int
    title: str
    votes: int = 0
    missing: tuple[str, ...] = ()
    players: frozenset[str] = frozenset()
    waited: int = 0

    @property
    def is_ready(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class Last:
    """The song that is on stage, or was: who plays it may not play the next one too."""

    players: frozenset[str] = frozenset()
    on_stage: bool = False


@dataclass(frozen=True)
class NextSong:
    """What to play next; `reasons` are sentences without full stops for the host."""

    entry_id: int
    title: str
    reasons: tuple[str, ...]


def suggest_next_song(candidates: Iterable[Candidate], *, last: Last, turns: Mapping[str, int]) -> NextSong | None:
    """Return the song to play next, or None when there is none.

    `turns` holds how often each musician has played tonight. Equal arguments give an equal answer, in whatever order
    the candidates come.
    """
    candidates = list(candidates)
    if not candidates:
        return None
    first = min(candidates, key=lambda song: _rank(song, last, turns))
    return NextSong(first.entry_id, first.title, tuple(_reasons(first, candidates, last, turns)))


def points(song: Candidate, turns: Mapping[str, int]) -> float:
    """Return what `song` has for it: votes, the wait, and how few turns its musicians have had."""
    had = sum(turns.get(name, 0) for name in song.players)
    return song.votes + song.waited - POINTS_OF_A_TURN * had / max(1, len(song.players))


def _rank(song: Candidate, last: Last, turns: Mapping[str, int]) -> tuple[bool, bool, int, float, str, int]:
    overdue = song.waited if song.waited >= LONG_WAIT else 0
    return (
        not song.is_ready,
        not song.players.isdisjoint(last.players),
        -overdue,
        -points(song, turns),
        fold_text(song.title),
        song.entry_id,
    )


def _reasons(first: Candidate, candidates: list[Candidate], last: Last, turns: Mapping[str, int]) -> list[str]:
    """Say what speaks for the first song, and why the one that the public wants most is not it."""
    reasons = [_readiness(first), ngettext("%(n)d vote", "%(n)d votes", first.votes) % {"n": first.votes}]
    if first.waited >= LONG_WAIT:
        reasons.append(_("has been waiting for %(n)d songs") % {"n": first.waited})
    favourite = min(candidates, key=lambda song: (-song.votes, fold_text(song.title), song.entry_id))
    if favourite != first:
        reason = _why_not(favourite, first, last, turns)
        reasons.append(
            _("%(song)s comes after %(first)s: %(reason)s")
            % {"song": favourite.title, "first": first.title, "reason": reason}
        )
    return reasons


def _readiness(song: Candidate) -> str:
    return _("ready") if song.is_ready else _("needs %(parts)s") % {"parts": ", ".join(song.missing)}


def _why_not(song: Candidate, first: Candidate, last: Last, turns: Mapping[str, int]) -> str:
    """Say the first thing in which `song` stands behind `first`."""
    if first.is_ready and not song.is_ready:
        return _("it needs %(parts)s") % {"parts": ", ".join(song.missing)}
    again = sorted(song.players & last.players, key=lambda name: (fold_text(name), name))
    if again and first.players.isdisjoint(last.players):
        sentence = _("%(names)s is on stage now") if last.on_stage else _("%(names)s played in the last song")
        return sentence % {"names": again[0]}
    if first.waited >= LONG_WAIT:
        return _("%(first)s has waited longer") % {"first": first.title}
    busiest = max(song.players, key=lambda name: (turns.get(name, 0), name), default="")
    if turns.get(busiest, 0):
        return ngettext(
            "%(name)s has played %(n)d song tonight", "%(name)s has played %(n)d songs tonight", turns[busiest]
        ) % {"name": busiest, "n": turns[busiest]}
    return _("%(first)s has waited longer") % {"first": first.title}
