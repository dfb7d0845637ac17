"""Suggest to the host which song to play next, and why. The public order of the queue depends only on votes.

Ready songs come first: somebody has signed up for them, and no part is missing. Among them, a song comes later if one
of its musicians is in the current or last song. Then come songs that have waited for LONG_WAIT songs or more, longest
wait first. The rest go by points: one per vote, one per song played since it was added, minus two for each turn that
its musicians have had tonight, averaged over the musicians.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.sort_keys import make_person_sort_key, make_sort_words

LONG_WAIT = 12  # songs played since it was added; from then on, votes don't count
POINTS_PER_TURN = 2


@dataclass(frozen=True)
class Candidate:
    """A song in the queue. `waited` counts the songs played since it was added; `missing` holds parts in words."""

    entry_id: int
    title: str
    votes: int = 0
    missing: tuple[str, ...] = ()
    players: frozenset[str] = frozenset()
    waited: int = 0

    @property
    def is_ready(self) -> bool:
        return bool(self.players) and not self.missing


@dataclass(frozen=True)
class LastSong:
    """The song on stage, or else the last one played; its musicians should not play the next song as well."""

    players: frozenset[str] = frozenset()
    on_stage: bool = False


@dataclass(frozen=True)
class NextSong:
    """The suggested song; `reasons` are phrases for the host, without full stops."""

    entry_id: int
    title: str
    reasons: tuple[str, ...]


def suggest_next_song(candidates: Iterable[Candidate], *, last: LastSong, turns: Mapping[str, int]) -> NextSong | None:
    """Return the song to play next, or None if there are no candidates.

    `turns` is the number of songs each musician has played tonight. The order of the candidates doesn't matter.
    """
    candidates = list(candidates)
    if not candidates:
        return None
    first = min(candidates, key=lambda song: _rank(song, last, turns))
    return NextSong(first.entry_id, first.title, tuple(_list_reasons(first, candidates, last, turns)))


def score_candidate(song: Candidate, turns: Mapping[str, int]) -> float:
    """Return the points of `song`: votes and wait, less the average turns of its musicians."""
    played = sum(turns.get(name, 0) for name in song.players)
    return song.votes + song.waited - POINTS_PER_TURN * played / max(1, len(song.players))


def _rank(song: Candidate, last: LastSong, turns: Mapping[str, int]) -> tuple[bool, bool, int, float, str, int]:
    overdue = song.waited if song.waited >= LONG_WAIT else 0
    return (
        not song.is_ready,
        not song.players.isdisjoint(last.players),
        -overdue,
        -score_candidate(song, turns),
        make_sort_words(song.title),
        song.entry_id,
    )


def _list_reasons(first: Candidate, candidates: list[Candidate], last: LastSong, turns: Mapping[str, int]) -> list[str]:
    """Return why the first song was chosen and, if it is not the favourite, why the favourite comes later."""
    reasons = [_readiness(first), ngettext("%(n)d vote", "%(n)d votes", first.votes) % {"n": first.votes}]
    if first.waited >= LONG_WAIT:
        reasons.append(_("has been waiting for %(n)d songs") % {"n": first.waited})
    favourite = min(candidates, key=lambda song: (-song.votes, make_sort_words(song.title), song.entry_id))
    if favourite != first:
        reason = _explain_rank(favourite, first, last, turns)
        reasons.append(
            _("%(song)s comes after %(first)s: %(reason)s")
            % {"song": favourite.title, "first": first.title, "reason": reason}
        )
    return reasons


def _readiness(song: Candidate) -> str:
    if song.is_ready:
        return _("ready")
    return _("needs %(parts)s") % {"parts": ", ".join(song.missing)} if song.missing else _("nobody has signed up yet")


def _explain_rank(song: Candidate, first: Candidate, last: LastSong, turns: Mapping[str, int]) -> str:
    """Return the first rule by which `song` ranks below `first`."""
    if first.is_ready and not song.is_ready:
        if not song.missing:
            return _("nobody has signed up for it")
        return _("it needs %(parts)s") % {"parts": ", ".join(song.missing)}
    again = sorted(song.players & last.players, key=make_person_sort_key)
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
