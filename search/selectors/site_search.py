"""One search over songs, jams and venues."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.fulltext import ranking
from jams.models import Entry, Jam, JamQuerySet, JamStatus, Performance, SignUps, over
from jams.selectors.missing_parts import missing_parts
from jams.selectors.search import find_jams
from search.models import Kind
from songs.models import Song
from songs.selectors.library import exclude_chord_sheets
from songs.selectors.search import find_songs
from venues.models import Venue
from venues.selectors import find_venues

MAX_QUERY_LENGTH = 100
MAX_RESULTS = 12  # of each kind
MAX_SONGS_CHECKED = 50  # songs that are asked for free parts
COMING, NEAR, FREE = "coming", "near", "free"
NEAR_PERIOD = timedelta(days=7)


@dataclass(frozen=True)
class SearchQuery:
    """What somebody looks for: `when` narrows the jams ("", coming, near), `parts` the songs ("", free)."""

    text: str = ""
    when: str = ""
    parts: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Self:
        """Understand the query of an address. Raises Invalid for what makes no sense."""
        sought = cls(asked.get("q", ""), asked.get("when", ""), asked.get("parts", ""))
        if len(sought.text) > MAX_QUERY_LENGTH:
            raise Invalid(_("Searches can have up to %(n)s characters.") % {"n": MAX_QUERY_LENGTH})
        if sought.when not in ("", COMING, NEAR) or sought.parts not in ("", FREE):
            raise Invalid(_("Choose one of the options."))
        return sought


@dataclass(frozen=True)
class SearchResult:
    """Something found; `name` and `more` are in pieces, each with whether it is (in) what was asked for."""

    row: Any
    name: list[tuple[str, bool]]
    more: list[tuple[str, bool]]


@dataclass(frozen=True)
class SearchResults:
    songs: list[SearchResult]
    jams: list[SearchResult]
    venues: list[SearchResult]

    def few(self) -> list[tuple[str, SearchResult]]:
        """Return the first of each kind, with the kind: what fits under a box that somebody types in."""
        kinds = ((Kind.SONG, self.songs[:4]), (Kind.JAM, self.jams[:3]), (Kind.VENUE, self.venues[:2]))
        return [(kind, hit) for kind, hits in kinds for hit in hits]

    def __len__(self) -> int:
        return len(self.songs) + len(self.jams) + len(self.venues)


def search_site(sought: SearchQuery, *, now: datetime) -> SearchResults:
    """Return the likeliest of each kind, best first: 3 queries, one more for each kind that needs typos forgiven."""
    asked = ranking.split_query(sought.text)

    def hits(rows: Iterable[Any], name: str, more: str) -> list[SearchResult]:
        return [
            SearchResult(row, *(ranking.mark_matches(_resolve_path(row, path), asked) for path in (name, more)))
            for row in rows
        ]

    return SearchResults(
        songs=hits(_find_songs(sought)[:MAX_RESULTS], "title", "artist"),
        jams=hits(find_jams(sought.text, among=_filter_jams(sought.when, now))[:MAX_RESULTS], "name", "venue.name"),
        venues=hits(find_venues(sought.text, among=_current_venues())[:MAX_RESULTS], "name", "address"),
    )


def _resolve_path(row: Any, path: str) -> str:
    for name in path.split("."):
        row = getattr(row, name)
    return row


def _find_songs(sought: SearchQuery) -> list[Song]:
    songs = find_songs(sought.text, among=exclude_chord_sheets(Song.objects.current()))
    return filter_songs_with_free_parts(songs[:MAX_SONGS_CHECKED]) if sought.parts == FREE else songs


def _current_venues() -> Any:
    return Venue.objects.current()


def _filter_jams(when: str, now: datetime) -> JamQuerySet:
    jams = Jam.objects.for_list()
    if when:
        jams = jams.exclude(over(now))
    if when == NEAR:
        jams = jams.filter(starts_at__lt=now + NEAR_PERIOD)
    return jams


def filter_songs_with_free_parts(songs: list[Song]) -> list[Song]:
    """Return those of `songs` that wait on a set list, open for sign-ups, for somebody to play a part."""
    performances = Performance.objects.filter(no_show=False).order_by("pk")
    waiting = (
        Entry.objects.filter(song__in=songs, status__in=Entry.UPCOMING, jam__sign_ups=SignUps.OPEN)
        .exclude(jam__status=JamStatus.ENDED)
        .select_related("jam", "song")
        .prefetch_related(Prefetch("performances", queryset=performances))
        .order_by("pk")
    )
    free = {entry.song_id for entry in waiting if _has_free_part(entry)}
    return [song for song in songs if song.pk in free]


def _has_free_part(entry: Any) -> bool:
    taken = [performance.part for performance in entry.performances.all()]
    return bool(missing_parts(entry.song.parts or entry.jam.default_parts, taken))
