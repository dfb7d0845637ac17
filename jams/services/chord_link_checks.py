"""Check in the background whether links to chord sheets still work.

A new or changed link has the state "not checked yet"; that state is the request for a check, so it commits with the
change. Links in the library are checked again periodically, spread over the days, because pages move and come back.
"""

from datetime import date

from django.db.models import F

from core.safe_http import BlockedUrlError, UnreachableError, fetch_url
from jams.models import OVER, Entry
from songs.models import ChordState, Song

type Link = tuple[str, int]  # kind of row, primary key

MODELS: dict[str, type[Song] | type[Entry]] = {"song": Song, "entry": Entry}
GONE = (404, 410)
SERVER_TROUBLE = 500
MAX_NEW_LINKS = 100  # links per run, of each kind
RECHECK_DAYS = {ChordState.OK: 30, ChordState.BROKEN: 7}  # days; broken links sooner, as most outages are short
MAX_RECHECKS = 500  # links per day, of each state: enough for 15,000 songs


def find_unchecked_links() -> list[Link]:
    """Return the links that have not been checked yet, except those of jams that are over."""
    songs = Song.objects.filter(chord_state=ChordState.UNKNOWN).exclude(chord_url="")
    entries = Entry.objects.filter(chord_state=ChordState.UNKNOWN).exclude(chord_url="")
    running = entries.exclude(jam__status__in=OVER)
    return [
        (kind, pk)
        for kind, rows in (("song", songs), ("entry", running))
        for pk in rows.order_by("pk").values_list("pk", flat=True)[:MAX_NEW_LINKS]
    ]


def find_links_due(today: date) -> list[int]:
    """Return the ids of the songs whose links are due for another check `today`, spread evenly over the days."""
    links = Song.objects.current().exclude(chord_url="")
    return [
        pk
        for state, days in RECHECK_DAYS.items()
        for pk in links.filter(chord_state=state)
        .alias(turn=F("pk") % days)
        .filter(turn=today.toordinal() % days)
        .order_by("pk")
        .values_list("pk", flat=True)[:MAX_RECHECKS]
    ]


def check_link(kind: str, pk: int, *, last_try: bool, again: bool = False) -> ChordState | None:
    """Check one link and save its state; return it, or None if there is nothing to check.

    A link whose state is known is checked only with `again`. Raises UnreachableError if the site does not answer, so
    that the caller retries; on the last try the link counts as broken.
    """
    rows = MODELS[kind].objects.filter(pk=pk)
    rows = rows if again else rows.filter(chord_state=ChordState.UNKNOWN)
    url = rows.values_list("chord_url", flat=True).first()
    if not url:
        return None
    state = fetch_link_state(url, last_try=last_try)
    rows.filter(chord_url=url).update(chord_state=state)  # no cached or live page shows it
    return state


def fetch_link_state(url: str, *, last_try: bool) -> ChordState:
    """Return whether `url` works. A site that blocks programs (403, 429) counts as working for people.

    Raises UnreachableError if the site does not answer, except on the last try.
    """
    try:
        status = fetch_url(url).status
    except BlockedUrlError:
        return ChordState.BROKEN
    except UnreachableError:
        if last_try:
            return ChordState.BROKEN
        raise
    if status >= SERVER_TROUBLE and not last_try:
        raise UnreachableError(f"status {status}")
    return ChordState.BROKEN if status in GONE or status >= SERVER_TROUBLE else ChordState.OK
