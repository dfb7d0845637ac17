"""The queue as one reader asked for it: in another order, or only the songs that concern them.

With JavaScript the page does this itself (static/js/view.js); this is for the first look, and for those without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from jams.models import EntryStatus
from jams.selectors import board
from jams.selectors.current_attendee import CurrentAttendee

CALLED = 2  # the performers of this many songs on deck are told
CALLS = {  # musician.js says the same
    "now": gettext_lazy("You're on now: %(song)s"),
    "first": gettext_lazy("You're up next: %(song)s"),
    "second": gettext_lazy("Get ready: %(song)s is after the next song"),
}
VOTES, TITLE, ARTIST = "votes", "title", "artist"


@dataclass(frozen=True)
class View:
    """What the address of the page asks for; nonsense is as good as nothing."""

    sort: str = VOTES
    mine: bool = False
    needs: bool = False

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "View":
        sort = query.get("sort", VOTES)
        mine, needs = (query.get(name) == "1" for name in ("mine", "needs"))
        return cls(sort if sort in (TITLE, ARTIST) else VOTES, mine, needs)


def with_view(shown: board.Board, view: View, me: CurrentAttendee) -> SafeString:
    """Return the board in this view with my hearts on: for one reader, never for a cache."""
    if view != View():
        queue = board.render_queue(
            _ordered(shown.rows, view), shown.lines, shown.hearts, slug=shown.jam.slug, shown=_chosen(shown, view, me)
        )
        chosen = board.render_part("jams/_view.html", view=view)
        html = shown.html.replace(shown.queue, queue).replace(shown.view, chosen)
        shown = replace(shown, html=html)
    return shown.with_hearts(me.hearts)


def call(shown: board.Board, me: CurrentAttendee) -> str:
    """Tell a musician who is on stage, or up next or after that; empty for everybody else."""
    for turn in me.turns:
        if turn.status == EntryStatus.PLAYING:
            return CALLS["now"] % {"song": turn.title}
    places = {row.song.entry_id: row.deck_place for row in shown.rows if 0 < row.deck_place <= CALLED}
    up = sorted((places[turn.entry_id], turn.title) for turn in me.turns if turn.entry_id in places)
    if not up:
        return ""
    place, title = up[0]
    return CALLS["first" if place == 1 else "second"] % {"song": title}


def _ordered(rows: tuple[board.Row, ...], view: View) -> list[board.Row]:
    if view.sort == TITLE:
        return sorted(rows, key=lambda row: (row.sort_title, row.song.entry_id))
    if view.sort == ARTIST:
        return sorted(rows, key=lambda row: (row.song.sort_artist, row.sort_title, row.song.entry_id))
    return list(rows)


def _chosen(shown: board.Board, view: View, me: CurrentAttendee) -> set[int]:
    """Return the entries to show; the filters are a musician's."""
    rows = shown.rows
    if me.musician and view.mine:
        rows = tuple(row for row in rows if row.song.entry_id in me.songs)
    if me.musician and view.needs:
        rows = tuple(row for row in rows if not set(me.plays).isdisjoint(row.song.needs))
    return {row.song.entry_id for row in rows}
