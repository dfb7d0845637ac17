"""The board of a jam: three queries, rendered once, cached, and the same markup for every visitor.

At a jam of bands it takes three more, and while somebody is wanted two. Its times are those of the moment when it was
rendered.

A visitor's own votes are added by `Board.with_hearts` and are never cached. A board has a limited size: of a very long
queue it shows the first songs, of a long history the last ones (docs/adr/0025-bounded-boards.md).
"""

import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core.caching import generations
from core.local_times import format_clock
from core.sort_keys import make_sort_words
from jams import policies
from jams.models import Entry, EntryStatus, Jam, JamStatus
from jams.selectors.band_night import BandNight, BandTurn, group_waiting, read_band_night
from jams.selectors.set_length import describe_shorter_sets
from jams.selectors.wanted import (
    LineUp,
    Target,
    Wanted,
    describe_wanted,
    has_questions,
    list_missing_in_band,
    read_wanted,
    with_questions,
)
from songs.parts import describe_parts, find_missing_parts

RENDERED_PARTS_KEPT = 16_384  # per process; enough for the rows of a hundred busy jams
UPCOMING_ON_STAGE_SCREEN = 2
SORTED_TEXTS_KEPT = 4096  # per process; folding a title takes up to 2 ms
NOT_ON_DECK = 999  # sorts after every place on deck
MAX_QUEUE_BYTES = 180_000  # of markup: some 180 songs. All parts together fit into a message of the hub
MAX_PLAYED_BYTES = 40_000  # some 250 songs
MAX_BANDS = 20  # of those to come; the first ones are shown open
MAX_PLAYERS = 100  # in all upcoming bands that are shown, not counting the first; names may be long
MAX_WAITING = 100  # names on the waiting list
OPEN_BANDS = 3

_sort_words = lru_cache(maxsize=SORTED_TEXTS_KEPT)(make_sort_words)


@dataclass(frozen=True)
class SongRow:
    """What the row of a song shows, except its votes."""

    entry_id: int
    title: str
    artist: str
    key: str
    tempo: int | None
    performers: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]  # slugs of instruments, without duplicates
    missing: tuple[str, ...]  # the same in words, with counts
    is_ready: bool

    @property
    def sort_artist(self) -> str:
        return _sort_words(self.artist)


@dataclass(frozen=True)
class Row:
    song: SongRow
    status: str
    votes: int
    deck_place: int  # 1 is next; 0 when the song is not on deck

    @property
    def sort_title(self) -> str:
        return _sort_words(self.song.title)

    @property
    def rank(self) -> tuple[int, int, str, int]:
        """The sort key of the queue: place on deck, then most votes, then title, then oldest entry."""
        if self.deck_place:
            return (self.deck_place, 0, "", self.song.entry_id)
        return (NOT_ON_DECK, -self.votes, self.sort_title, self.song.entry_id)


@dataclass(frozen=True)
class Board:
    """A snapshot of a jam, with its markup.

    `order` increases with every change; it is taken before the rows are read, and is 0 when the cache is down. `rows`
    are the rows of the queue that are shown; `places` holds (entry id, place on deck) for each of them. `view` is the
    form that sorts and filters the queue. `sections` and `lines` map element ids to markup that can be replaced
    separately, around the queue and in its rows. `hearts` maps entry ids to the markup (off, on). `stage` is the markup
    of the stage screen. `night` is there when the jam has bands. `wanted` is what the host asks those who could play.
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
    night: BandNight | None = None
    wanted: tuple[Wanted, ...] = ()

    def with_hearts(self, mine: Iterable[int]) -> SafeString:
        """Return the board with the hearts of these entries on. The result is for one visitor: don't cache it."""
        html = self.html
        for entry_id in mine:
            if entry_id in self.hearts:
                html = html.replace(*self.hearts[entry_id])
        return SafeString(html)

    def updates_since(self, seen: "Board") -> str:
        """Return the markup of the parts that differ from `seen`; empty if none does.

        The end of a jam changes the order of the parts, so then it is the whole board.
        """
        if self.jam.is_over != seen.jam.is_over:
            return self.html
        news = [html for name, html in self.sections.items() if seen.sections.get(name) != html]
        if self.places != seen.places:
            news.append(self.queue)
        else:
            news += [html for name, html in self.lines.items() if seen.lines[name] != html]
        return "".join(news)


def read_current_board(slug: str) -> Board:
    """Return the board of a jam as of the last commit, in the active language; raises NotFound.

    Takes 3 queries, 6 at a jam of bands, or none if the board is cached.
    """
    return generations.get_or_build(
        f"board:{slug}:{get_language()}",
        depends_on=_dependencies(slug),
        seconds=settings.BOARD_CACHE_SECONDS,
        build=lambda order: read_board(slug, order=order),
    )


def _dependencies(slug: str) -> tuple[str, ...]:
    """Return the keys in `core.caching.generations` that the board of a jam depends on."""
    return (f"jam:{slug}", "songs", "venues")


def read_order(slug: str) -> int:
    """Return the `Board.order` that a board read now would have; 0 when the cache is down."""
    return sum(generations.read_generations(*_dependencies(slug)) or (0,))


def read_board(slug: str, *, order: int) -> Board:
    """Read and render the board of a jam from the database; raises NotFound."""
    jam = with_questions(Jam.objects.all()).get_for_page(slug)
    rows = [row for row in build_rows(jam, jam.entries.listed().for_board()) if _is_shown(jam, row)]
    night = read_band_night(jam, now=timezone.now()) if policies.has_bands(jam) else None
    wanted = read_wanted(jam, _list_line_ups(jam, rows, night)) if has_questions(jam) else ()
    queue = sorted((row for row in rows if row.status in Entry.UPCOMING), key=lambda row: row.rank)
    bands = _render_bands(jam, night)
    entries = _take_fitting(queue, partial(_render_entry, jam), MAX_QUEUE_BYTES - len(bands.encode()))
    last_played = (row for row in reversed(rows) if row.status == EntryStatus.PLAYED)
    played = _take_fitting(last_played, _render_played, MAX_PLAYED_BYTES)
    on_stage = [row for row in rows if row.status == EntryStatus.PLAYING]
    left_out = len(rows) - len(on_stage) - len(entries) - len(played)
    waiting, queue = len(queue), list(entries)
    deck = [row for row in queue if row.deck_place]
    sections = {
        "jam-state": _render_state(jam, describe_wanted(wanted)),
        "on-stage": render_part("jams/_on_stage.html", jam=jam, rows=on_stage, deck=deck, night=night),
        "bands": bands,
        "queue-head": render_part("jams/_queue_head.html", jam=jam),
        "queue-count": render_part("jams/_queue_count.html", count=waiting),
        "queue-foot": render_part("jams/_queue_foot.html", jam=jam),
        "queue-more": render_part("jams/_queue_more.html", jam=jam, left_out=left_out, songs=len(rows)),
        "announcement": render_part("jams/_announcement.html", jam=jam, number=zlib.crc32(jam.announcement.encode())),
        "played": render_part("jams/_played.html", jam=jam, songs=played.values()),
    }
    lines = {f"votes-{row.song.entry_id}": _render_votes(row.song.entry_id, row.votes) for row in queue}
    lines |= {f"song-{row.song.entry_id}": _render_song(row.song, row.deck_place) for row in queue}
    hearts = {row.song.entry_id: _render_hearts(jam, row.song) for row in queue}
    queue_html = render_part("jams/_queue.html", jam=jam, entries=entries.values())
    view_html = render_part("jams/_view.html")
    parts = {name.replace("-", "_"): html for name, html in sections.items()}  # as templates can name them
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
        stage=_render_stage(jam, rows, queue, order, night, describe_wanted(wanted)),
        html=render_part("jams/_board.html", jam=jam, order=order, queue=queue_html, view=view_html, **parts),
        night=night,
        wanted=wanted,
    )


def _is_shown(jam: Jam, row: Row) -> bool:
    """Whether a row is shown: once a jam is over, songs that nobody voted for and that were not played are not."""
    return not jam.is_over or row.votes > 0 or row.status not in Entry.UPCOMING


def _list_line_ups(jam: Jam, rows: Iterable[Row], night: BandNight | None) -> dict[Target, LineUp]:
    """Return what is to come, with what is missing there."""
    found: dict[Target, LineUp] = {
        ("entry", row.song.entry_id): LineUp(row.song.title, row.song.needs)
        for row in rows
        if row.status in Entry.UPCOMING
    }
    for band in night.coming if night else ():
        played = [player.instrument for player in band.present]
        found["band", band.pk] = LineUp(band.title, list_missing_in_band(jam, band.name, played), band.start)
    return found


def _take_fitting(rows: Iterable[Row], render: Callable[[Row], str], max_bytes: int) -> dict[Row, str]:
    """Return as many of `rows`, from the first on, as `render` turns into `max_bytes`, with their markup."""
    taken: dict[Row, str] = {}
    for row in rows:
        html = render(row)
        max_bytes -= len(html.encode())
        if max_bytes < 0:
            break
        taken[row] = html
    return taken


def _render_state(jam: Jam, wanted: str) -> SafeString:
    notices = _list_notices(jam)
    return render_part("jams/_state.html", jam=jam, notice=" ".join(notices), invites=not notices, wanted=wanted)


def _list_notices(jam: Jam) -> list[str]:
    """Return sentences that tell everyone what is not possible at `jam` now; empty on an ordinary night."""
    if jam.is_cancelled:
        return [_("This night has been cancelled.")]
    if jam.is_over:
        return [_("This jam has ended. Thanks for the music!")]
    notices = [_("We're on a break.")] if jam.status == JamStatus.PAUSED else []
    if not policies.takes_players(jam):
        is_last_call = policies.who_may_suggest(jam) is policies.Audience.NOBODY
        notices.append(
            _("Last call: sign-ups and suggestions are closed.") if is_last_call else _("Sign-ups are closed.")
        )
    match policies.who_may_vote(jam):
        case policies.Audience.EVERYONE:
            return notices
        case policies.Audience.MUSICIANS:
            return [*notices, _("Only musicians can vote tonight.")]
        case policies.Audience.NOBODY:
            return [*notices, _("Voting is closed.")]


def _render_bands(jam: Jam, night: BandNight | None) -> SafeString:
    """Render who plays when and who waits; at a jam without bands an empty place, as a host can change its format."""
    coming = _list_coming(jam, night)
    groups = group_waiting(night, most=MAX_WAITING) if night else ()
    players = list(accumulate(len(band.players) for band, _start in coming))
    shown = max(1, min(MAX_BANDS, sum(number <= MAX_PLAYERS for number in players)))
    soon, later, left_out = coming[:OPEN_BANDS][:shown], coming[OPEN_BANDS:shown], len(coming[shown:])
    return render_part(
        "jams/_bands.html",
        jam=jam,
        night=night,
        soon=soon,
        later=later,
        left_out=left_out,
        groups=groups,
        not_named=len(night.queue[MAX_WAITING:]) if night else 0,
        shorter_sets=describe_shorter_sets(jam),
    )


def _list_coming(jam: Jam, night: BandNight | None) -> list[tuple[BandTurn, str]]:
    """Return the bands to come, with their start in words."""
    coming = night.coming if night else ()
    return [(band, band.start.describe(jam.venue.zone) if band.start else "") for band in coming]


def _render_stage(
    jam: Jam, rows: Iterable[Row], queue: list[Row], order: int, night: BandNight | None, wanted: str
) -> SafeString:
    """Render the stage screen; only what a host has put on deck is promised as next, the rest is what is wanted."""
    playing = next((row for row in rows if row.status == EntryStatus.PLAYING), None)
    on_deck = [row for row in queue if row.deck_place]
    coming = (on_deck or queue)[:UPCOMING_ON_STAGE_SCREEN]
    bands = _list_coming(jam, night)[:UPCOMING_ON_STAGE_SCREEN]
    return render_part(
        "jams/_stage.html",
        jam=jam,
        order=order,
        playing=playing,
        coming=coming,
        is_certain=bool(on_deck),
        night=night,
        bands=bands,
        last_sign_up=_format_last_sign_up(jam, night),
        shorter_sets=describe_shorter_sets(jam) if night else "",
        wanted=wanted,
    )


def _format_last_sign_up(jam: Jam, night: BandNight | None) -> str:
    """Return until when it makes sense to join, on the clock at the venue; empty if it does not any more."""
    last = night.last_sign_up if night else None
    return format_clock(last, jam.venue.zone) if last else ""


def render_queue(jam: Jam, rows: Iterable[Row], *, shown: Collection[int]) -> SafeString:
    """Return the markup of the queue with `rows` in this order; entries that are not in `shown` are hidden."""
    entries = [_render_entry(jam, row, out=row.song.entry_id not in shown) for row in rows]
    return render_part("jams/_queue.html", jam=jam, entries=entries)


def _render_entry(jam: Jam, row: Row, *, out: bool = False) -> SafeString:
    off, _on = _render_hearts(jam, row.song)
    parts = {
        "song": _render_song(row.song, row.deck_place),
        "votes": _render_votes(row.song.entry_id, row.votes),
        "heart": off,
    }
    return render_part("jams/_entry.html", row=row, out=out, slug=jam.slug, **parts)


def _render_played(row: Row) -> SafeString:
    return render_part("jams/_played_song.html", row=row)


def build_rows(jam: Jam, entries: Iterable[Any]) -> list[Row]:
    """Build rows from entries (see `EntryQuerySet.for_board`), ordered by when they were played, or else added."""
    entries = sorted(entries, key=lambda entry: (entry.finished_at or entry.created_at, entry.pk))
    on_deck = sorted(
        (entry for entry in entries if entry.status == EntryStatus.ON_DECK),
        key=lambda entry: (entry.place, entry.on_deck_at, entry.pk),
    )
    deck_place = {entry.pk: place for place, entry in enumerate(on_deck, start=1)}
    return [
        Row(
            song=build_song_row(jam, entry),
            status=entry.status,
            votes=entry.vote_count,
            deck_place=deck_place.get(entry.pk, 0),
        )
        for entry in entries
    ]


def build_song_row(jam: Jam, entry: Any) -> SongRow:
    performances = [performance for performance in entry.performances.all() if not performance.no_show]
    needed = entry.song.parts or jam.default_parts
    missing = find_missing_parts(needed, [performance.instrument for performance in performances])
    return SongRow(
        entry_id=entry.pk,
        title=entry.song.title,
        artist=entry.song.artist,
        key=entry.song.key,
        tempo=entry.song.tempo,
        performers=tuple((performance.attendee.name, performance.part_name) for performance in performances),
        needs=tuple(dict.fromkeys(missing)),
        missing=describe_parts(missing),
        is_ready=bool(performances) and not missing,
    )


def render_part(template: str, **context: Any) -> SafeString:
    return SafeString(render_to_string(template, context).strip())


def _render_song(song: SongRow, deck_place: int) -> SafeString:
    return _render_song_in(get_language(), song, deck_place)


@lru_cache(maxsize=RENDERED_PARTS_KEPT)
def _render_song_in(language: str | None, song: SongRow, deck_place: int) -> SafeString:
    """Render the row in the active language; `language` is an argument so that it is part of the cache key."""
    return render_part("jams/_song.html", song=song, deck_place=deck_place)


@lru_cache(maxsize=RENDERED_PARTS_KEPT)
def _render_votes(entry_id: int, votes: int) -> SafeString:
    return render_part("jams/_votes.html", entry_id=entry_id, votes=votes)


def _render_hearts(jam: Jam, song: SongRow) -> tuple[SafeString, SafeString]:
    votable = policies.who_may_vote(jam) is not policies.Audience.NOBODY
    off, on = (render_heart(jam.slug, song.entry_id, song.title, wanted=on, votable=votable) for on in (False, True))
    return off, on


def render_own_heart(jam: Jam, row: Row, mine: Collection[int]) -> str:
    """Return the heart of a song for a browser that voted for the entries `mine`; empty once the song is on stage."""
    if row.status not in Entry.UPCOMING:
        return ""
    off, on = _render_hearts(jam, row.song)
    return on if row.song.entry_id in mine else off


def render_heart(
    slug: str, entry_id: int, title: str, *, wanted: bool, votable: bool = True, tapped: bool = False
) -> SafeString:
    """Return the markup of an entry's heart, on if `wanted`. Set `tapped` if it replaces the heart on the page."""
    return _render_heart_in(get_language(), slug, entry_id, title, wanted, votable, tapped)


@lru_cache(maxsize=RENDERED_PARTS_KEPT)
def _render_heart_in(
    language: str | None, slug: str, entry_id: int, title: str, wanted: bool, votable: bool, tapped: bool
) -> SafeString:
    context = {"slug": slug, "entry_id": entry_id, "title": title}
    return render_part("votes/_heart.html", **context, wanted=wanted, votable=votable, tapped=tapped)
