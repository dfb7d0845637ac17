"""The board for one visitor: sorted and filtered as the URL asks, with their own votes.

With JavaScript, the page sorts and filters itself (static/js/view.js). This module serves the first page load, and
browsers without JavaScript.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from core.text import split_words
from jams.models import EntryStatus
from jams.selectors import board
from jams.selectors.current_attendee import CurrentAttendee

CALLED_SONGS = 2  # performers of this many songs on deck get a call
CALLS = {  # musician.js shows the same
    "now": gettext_lazy("You're on now: %(song)s"),
    "first": gettext_lazy("You're up next: %(song)s"),
    "second": gettext_lazy("Get ready: %(song)s is after the next song"),
}
CALL_FROM_AFAR = gettext_lazy("Get ready: %(song)s is on deck")
VOTES, TITLE, ARTIST = "votes", "title", "artist"
MAX_FIND_LENGTH = 100


@dataclass(frozen=True)
class BoardView:
    """How the visitor wants the queue sorted and filtered. Unknown values are ignored."""

    sort: str = VOTES
    mine: bool = False
    needs: bool = False
    find: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "BoardView":
        sort = query.get("sort", VOTES)
        mine, needs = (query.get(name) == "1" for name in ("mine", "needs"))
        find = query.get("q", "")[:MAX_FIND_LENGTH]
        return cls(sort if sort in (TITLE, ARTIST) else VOTES, mine, needs, find)


def render_board(shown: board.Board, view: BoardView, me: CurrentAttendee) -> SafeString:
    """Return the board in this view with the visitor's hearts on. The result is for one visitor: don't cache it."""
    if view != BoardView():
        queue = board.render_queue(shown.jam, _sort_rows(shown.rows, view), shown=_filter_rows(shown, view, me))
        chosen = board.render_part("jams/_view.html", view=view)
        foot = board.render_part("jams/_queue_foot.html", jam=shown.jam, view=view)
        html = shown.html.replace(shown.queue, queue).replace(shown.view, chosen)
        html = html.replace(shown.sections["queue-foot"], foot)
        shown = replace(shown, html=html)
    return shown.with_hearts(me.hearts)


def get_stage_call(shown: board.Board, me: CurrentAttendee) -> str:
    """Return a sentence for a musician who is on stage or in one of the next two songs; empty for everyone else."""
    for turn in me.turns:
        if turn.status == EntryStatus.PLAYING:
            return CALLS["now"] % {"song": turn.title}
    places = {row.song.entry_id: row.deck_place for row in shown.rows if 0 < row.deck_place <= CALLED_SONGS}
    up = sorted((places[turn.entry_id], turn.title) for turn in me.turns if turn.entry_id in places)
    if not up:
        return ""
    place, title = up[0]
    return describe_place_on_deck(place, title)


def describe_place_on_deck(place: int, song: str) -> str:
    """Return the call for those who play the song at `place` on deck; 1 is next."""
    return {1: CALLS["first"], 2: CALLS["second"]}.get(place, CALL_FROM_AFAR) % {"song": song}


def _sort_rows(rows: tuple[board.Row, ...], view: BoardView) -> list[board.Row]:
    if view.sort == TITLE:
        return sorted(rows, key=lambda row: (row.sort_title, row.song.entry_id))
    if view.sort == ARTIST:
        return sorted(rows, key=lambda row: (row.song.sort_artist, row.sort_title, row.song.entry_id))
    return list(rows)


def _filter_rows(shown: board.Board, view: BoardView, me: CurrentAttendee) -> set[int]:
    """Return the ids of the entries to show; all filters but the words to find work only for musicians."""
    rows = shown.rows
    if me.musician and view.mine:
        rows = tuple(row for row in rows if row.song.entry_id in me.songs)
    if me.musician and view.needs:
        rows = tuple(row for row in rows if not set(me.serves).isdisjoint(row.song.needs))
    return {row.song.entry_id for row in rows if _is_found(row, view.find)}


def _is_found(row: board.Row, typed: str) -> bool:
    """Whether a song has all the typed words in its title or artist; static/js/words.js compares in the same way."""
    words, text = split_words(typed), split_words(row.song.title) + split_words(row.song.artist)
    return all(word in " ".join(text) for word in words) or "".join(words) in "".join(text)
