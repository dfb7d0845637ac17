"""The read side of a jam: three queries -> plain rows -> rendered once -> the same text for every viewer.

What is mine (my hearts) is put in for one reader by `Board.with_hearts` and never stored with the rest.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.caching import generations
from core.text import fold_text
from jams import policies
from jams.models import Entry, EntryStatus, Jam
from jams.selectors.missing_parts import missing_parts
from songs.parts import describe_parts

RENDERED_PARTS_KEPT = 16_384  # in a process: the rows of a hundred busy jams
COMING_ON_STAGE_SCREEN = 2
UNSAID = 999  # after every place on deck


@dataclass(frozen=True)
class SongRow:
    """What the row of a song says, besides its votes."""

    entry_id: int
    title: str
    artist: str
    key: str
    tempo: int | None
    performers: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]  # values of Part, each once
    missing: tuple[str, ...]  # the same in words, with how many are missing
    covered: bool

    @property
    def sort_artist(self) -> str:
        return fold_text(self.artist)


@dataclass(frozen=True)
class Row:
    song: SongRow
    status: str
    votes: int
    deck_place: int  # 1 is next; 0 when the song is not on deck

    @property
    def sort_title(self) -> str:
        return fold_text(self.song.title)

    @property
    def rank(self) -> tuple[int, int, str, int]:
        """The order of the queue: on deck as the host put it, then most votes, then title, then first listed."""
        if self.deck_place:
            return (self.deck_place, 0, "", self.song.entry_id)
        return (UNSAID, -self.votes, self.sort_title, self.song.entry_id)


@dataclass(frozen=True)
class Board:
    """A jam as it stood at one reading.

    `order` grows with every change and was taken before the rows were read; it is 0 when unknown.
    `rows` are the queue's, and `places` is its shape, each entry with its place on deck. `view` is the form that
    arranges them. `sections` and `lines` hold what may change alone, by the id of its element: around the queue, and
    in its rows. `hearts` has each heart as (off, on).
    `stage` is what the television shows.
    """

    jam: Jam
    order: int
    rows: tuple[Row, ...]
    places: frozenset[tuple[int, int]]
    sections: Mapping[str, str]
    lines: Mapping[str, str]
    queue: str
    view: str
    hearts: Mapping[int, tuple[str, str]]
    stage: str
    html: str

    def with_hearts(self, mine: Iterable[int]) -> SafeString:
        """Return the whole board with these entries' hearts on: for one reader, never for a cache."""
        html = self.html
        for entry_id in mine:
            if entry_id in self.hearts:
                html = html.replace(*self.hearts[entry_id])
        return SafeString(html)

    def news_since(self, seen: "Board") -> str:
        """Return the parts that differ from `seen`, as absolute values; empty when none does."""
        news = [html for name, html in self.sections.items() if seen.sections.get(name) != html]
        if self.places != seen.places:
            news.append(self.queue)
        else:
            news += [html for name, html in self.lines.items() if seen.lines[name] != html]
        return "".join(news)


def read_current_board(slug: str) -> Board:
    """Return the board of a jam as of the last commit, in the active language; raises NotFound.

    At most 3 queries, and none while nothing that it depends on has changed.
    """
    return generations.get_or_build(
        f"board:{slug}:{get_language()}",
        depends_on=_sources(slug),
        seconds=settings.BOARD_CACHE_SECONDS,
        build=lambda order: read_board(slug, order=order),
    )


def _sources(slug: str) -> tuple[str, ...]:
    """What the board of a jam is made of, as `core.caching.generations` names it."""
    return (f"jam:{slug}", "songs", "venues")


def read_order(slug: str) -> int:
    """Return the order that a reading of the jam begun now would have; 0 when the cache is away."""
    return sum(generations.read_generations(*_sources(slug)) or (0,))


def read_board(slug: str, *, order: int) -> Board:
    """Read and render the board of a jam from the database; raises NotFound."""
    jam = Jam.objects.get_for_page(slug)
    rows = rows_of(jam, jam.entries.listed().for_board())
    queue = sorted((row for row in rows if row.status in Entry.UPCOMING), key=lambda row: row.rank)
    sections = {
        "jam-state": render_part("jams/_state.html", jam=jam, hint=_hint(jam)),
        "queue-head": render_part("jams/_queue_head.html", jam=jam),
        "on-stage": render_part("jams/_on_stage.html", rows=[row for row in rows if row.status == EntryStatus.PLAYING]),
        "played": render_part("jams/_played.html", rows=[row for row in rows if row.status == EntryStatus.PLAYED]),
    }
    lines = {f"votes-{row.song.entry_id}": _votes(row.song.entry_id, row.votes) for row in queue}
    lines |= {f"song-{row.song.entry_id}": _song(row.song) for row in queue}
    hearts = {row.song.entry_id: _hearts(jam, row.song) for row in queue}
    queue_html = render_queue(queue, lines, hearts, slug=slug)
    view_html = render_part("jams/_view.html")
    return Board(
        jam=jam,
        order=order,
        rows=tuple(queue),
        places=frozenset((row.song.entry_id, row.deck_place) for row in queue),
        sections=sections,
        lines=lines,
        queue=queue_html,
        view=view_html,
        hearts=hearts,
        stage=_stage(jam, rows, queue, order),
        html=render_part(
            "jams/_board.html",
            jam=jam,
            order=order,
            queue=queue_html,
            view=view_html,
            head=sections["queue-head"],
            state=sections["jam-state"],
            on_stage=sections["on-stage"],
            played=sections["played"],
        ),
    )


def _hint(jam: Jam) -> str:
    """Return what the audience can do at `jam` now, as a sentence."""
    if jam.is_over:
        return _("This jam has ended. Thanks for the music!")
    match policies.who_may_vote(jam):
        case policies.Audience.EVERYONE:
            return _("Tap the heart on songs you want to hear.")
        case policies.Audience.MUSICIANS:
            return _("Only musicians can vote tonight.")
        case policies.Audience.NOBODY:
            return _("Voting is closed.")


def _stage(jam: Jam, rows: Iterable[Row], queue: list[Row], order: int) -> SafeString:
    playing = next((row for row in rows if row.status == EntryStatus.PLAYING), None)
    return render_part("jams/_stage.html", jam=jam, order=order, playing=playing, coming=queue[:COMING_ON_STAGE_SCREEN])


def render_queue(
    rows: Iterable[Row],
    lines: Mapping[str, str],
    hearts: Mapping[int, tuple[str, str]],
    *,
    slug: str,
    shown: Collection[int] | None = None,
) -> SafeString:
    """Return the queue with `rows` in this order; where `shown` is given, the other entries are there and hidden."""
    parts = [
        {
            "row": row,
            "song": lines[f"song-{row.song.entry_id}"],
            "votes": lines[f"votes-{row.song.entry_id}"],
            "heart": hearts[row.song.entry_id][0],
            "out": shown is not None and row.song.entry_id not in shown,
        }
        for row in rows
    ]
    return render_part("jams/_queue.html", rows=parts, slug=slug)


def rows_of(jam: Jam, entries: Iterable[Any]) -> list[Row]:
    """Turn entries (see `EntryQuerySet.for_board`) into plain rows, in the order in which they were played."""
    entries = sorted(entries, key=lambda entry: (entry.finished_at or entry.created_at, entry.pk))
    on_deck = sorted(
        (entry for entry in entries if entry.status == EntryStatus.ON_DECK),
        key=lambda entry: (entry.on_deck_at, entry.pk),
    )
    deck_place = {entry.pk: place for place, entry in enumerate(on_deck, start=1)}
    return [
        Row(
            song=song_row(jam, entry),
            status=entry.status,
            votes=entry.vote_count,
            deck_place=deck_place.get(entry.pk, 0),
        )
        for entry in entries
    ]


def song_row(jam: Jam, entry: Any) -> SongRow:
    performances = [performance for performance in entry.performances.all() if not performance.no_show]
    needed = entry.song.parts or jam.default_parts
    missing = missing_parts(needed, [performance.part for performance in performances])
    return SongRow(
        entry_id=entry.pk,
        title=entry.song.title,
        artist=entry.song.artist,
        key=entry.song.key,
        tempo=entry.song.tempo,
        performers=tuple((performance.attendee.name, performance.part_name) for performance in performances),
        needs=tuple(dict.fromkeys(missing)),
        missing=describe_parts(missing),
        covered=bool(needed) and not missing,
    )


def render_part(template: str, **context: Any) -> SafeString:
    return SafeString(render_to_string(template, context).strip())


def _song(song: SongRow) -> SafeString:
    return _song_in(get_language(), song)


@lru_cache(maxsize=RENDERED_PARTS_KEPT)
def _song_in(language: str | None, song: SongRow) -> SafeString:
    """Rendered in the active language, which is asked for so that the memory tells languages apart."""
    return render_part("jams/_song.html", song=song)


@lru_cache(maxsize=RENDERED_PARTS_KEPT)
def _votes(entry_id: int, votes: int) -> SafeString:
    return render_part("jams/_votes.html", entry_id=entry_id, votes=votes)


def _hearts(jam: Jam, song: SongRow) -> tuple[SafeString, SafeString]:
    votable = policies.who_may_vote(jam) is not policies.Audience.NOBODY
    off, on = (render_heart(jam.slug, song.entry_id, song.title, wanted=on, votable=votable) for on in (False, True))
    return off, on


def render_heart(
    slug: str, entry_id: int, title: str, *, wanted: bool, votable: bool = True, tapped: bool = False, oob: bool = False
) -> SafeString:
    """Return the heart of an entry, on when `wanted`; `tapped` when it answers a tap and takes the old one's place.

    With `oob` it finds that place by itself, beside another answer.
    """
    return _heart_in(get_language(), slug, entry_id, title, wanted, votable, tapped or oob, oob)


@lru_cache(maxsize=RENDERED_PARTS_KEPT)
def _heart_in(
    language: str | None, slug: str, entry_id: int, title: str, wanted: bool, votable: bool, tapped: bool, oob: bool
) -> SafeString:
    context = {"slug": slug, "entry_id": entry_id, "title": title}
    return render_part("votes/_heart.html", **context, wanted=wanted, votable=votable, tapped=tapped, oob=oob)
