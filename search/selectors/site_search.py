"""One search over songs, jams and venues."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from core.fulltext import ranking
from core.showable import keep_showable
from jams.models import OVER, Entry, Jam, JamQuerySet, Performance, SignUps, over
from jams.selectors.search import find_jams
from search.models import Kind
from songs.models import Song
from songs.parts import find_missing_parts
from songs.selectors.search import find_songs
from venues.models import Venue
from venues.selectors import find_venues

MAX_QUERY_LENGTH = 100
MAX_RESULTS = 12  # of each kind
MAX_SONGS_CHECKED = 50  # for free parts
COMING, NEAR, FREE = "coming", "near", "free"
NEAR_PERIOD = timedelta(days=7)


@dataclass(frozen=True)
class SearchQuery:
    """A search: `when` filters the jams ("", "coming" or "near"), `parts` the songs ("" or "free")."""

    text: str = ""
    when: str = ""
    parts: str = ""

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> Self:
        """Return the search that the parameters of a request describe. Raises Invalid."""
        query = cls(parameters.get("q", ""), parameters.get("when", ""), parameters.get("parts", ""))
        if len(query.text) > MAX_QUERY_LENGTH:
            raise Invalid(_("Searches can have up to %(n)s characters.") % {"n": MAX_QUERY_LENGTH})
        if query.when not in ("", COMING, NEAR) or query.parts not in ("", FREE):
            raise Invalid(_("Choose one of the options."))
        return query


@dataclass(frozen=True)
class SearchResult:
    """A song, jam or venue. `name` and `details` are split into pieces, each with whether it matches the query."""

    row: Any
    name: list[tuple[str, bool]]
    details: list[tuple[str, bool]]


@dataclass(frozen=True)
class SearchResults:
    """The best matches of each kind, best first."""

    songs: list[SearchResult]
    jams: list[SearchResult]
    venues: list[SearchResult]

    def select_suggestions(self) -> list[tuple[Kind, SearchResult]]:
        """Return the few results to suggest under a search box, each with its kind."""
        kinds = ((Kind.SONG, self.songs[:4]), (Kind.JAM, self.jams[:3]), (Kind.VENUE, self.venues[:2]))
        return [(kind, result) for kind, results in kinds for result in results]

    def __len__(self) -> int:
        return len(self.songs) + len(self.jams) + len(self.venues)


def search_site(query: SearchQuery, *, now: datetime) -> SearchResults:
    """Return the best matches of each kind: 3 database queries, and one for each kind that is only found by typos."""
    words = ranking.split_query(query.text)

    def mark(row: Any, name: str, details: str) -> SearchResult:
        return SearchResult(row, ranking.mark_matches(name, words), ranking.mark_matches(details, words))

    jams = keep_showable(find_jams(query.text, among=_filter_jams(query.when, now)))
    venues = keep_showable(find_venues(query.text, among=Venue.objects.current()))
    return SearchResults(
        songs=[mark(song, song.title, song.artist) for song in _find_songs(query)[:MAX_RESULTS]],
        jams=[mark(jam, jam.name, jam.venue.name) for jam in jams[:MAX_RESULTS]],
        venues=[mark(venue, venue.name, venue.address) for venue in venues[:MAX_RESULTS]],
    )


def _find_songs(query: SearchQuery) -> list[Song]:
    songs = find_songs(query.text, among=Song.objects.current().without_chords())
    return filter_songs_with_free_parts(songs[:MAX_SONGS_CHECKED]) if query.parts == FREE else songs


def _filter_jams(when: str, now: datetime) -> JamQuerySet:
    jams = Jam.objects.for_list()
    if when:
        jams = jams.exclude(over(now))
    if when == NEAR:
        jams = jams.filter(starts_at__lt=now + NEAR_PERIOD)
    return jams


def filter_songs_with_free_parts(songs: list[Song]) -> list[Song]:
    """Return those of `songs` that are on a set list where musicians can still sign up for a part."""
    performances = Performance.objects.filter(no_show=False).order_by("pk")
    waiting = (
        Entry.objects.filter(song__in=songs, status__in=Entry.UPCOMING, jam__sign_ups=SignUps.OPEN)
        .exclude(jam__status__in=OVER)
        .select_related("jam", "song")
        .prefetch_related(Prefetch("performances", queryset=performances))
        .order_by("pk")
    )
    free = {entry.song_id for entry in waiting if _has_free_part(entry)}
    return [song for song in songs if song.pk in free]


def _has_free_part(entry: Any) -> bool:
    taken = [performance.instrument for performance in entry.performances.all()]
    return bool(find_missing_parts(entry.song.parts or entry.jam.default_parts, taken))
