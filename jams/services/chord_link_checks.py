"""Do the links to chord sheets still lead somewhere? Asked in the background, never while somebody waits.

A new or changed link has the state "not checked yet"; that row is the request, and it commits with the change. Pages
move and come back, so those of the library are looked at again, for ever, each on a day of its own.
"""

from datetime import date

from django.db.models import F

from core.safe_http import BlockedUrlError, UnreachableError, fetch_url
from jams.models import Entry, JamStatus
from songs.models import ChordState, Song

type Link = tuple[str, int]  # the kind of row and its key

GONE = (404, 410)
SERVER_TROUBLE = 500
MOST = 100  # at a time, of each kind
AGAIN = {ChordState.OK: 30, ChordState.BROKEN: 7}  # days; a site that was away for an hour is soon forgiven
MOST_AGAIN = 500  # a day, of each state: enough for 15,000 songs


def unchecked_links() -> list[Link]:
    """Return the links that nobody has looked at yet; those of jams that are over are left alone."""
    songs = Song.objects.filter(chord_state=ChordState.UNKNOWN).exclude(chord_url="")
    entries = Entry.objects.filter(chord_state=ChordState.UNKNOWN).exclude(chord_url="")
    running = entries.exclude(jam__status=JamStatus.ENDED)
    return [
        (kind, pk)
        for kind, rows in (("song", songs), ("entry", running))
        for pk in rows.order_by("pk").values_list("pk", flat=True)[:MOST]
    ]


def links_due_again(today: date) -> list[int]:
    """Return the songs of the library whose links are to be looked at again `today`, spread evenly over the days."""
    links = Song.objects.current().exclude(chord_url="")
    return [
        pk
        for state, days in AGAIN.items()
        for pk in links.filter(chord_state=state)
        .alias(turn=F("pk") % days)
        .filter(turn=today.toordinal() % days)
        .order_by("pk")
        .values_list("pk", flat=True)[:MOST_AGAIN]
    ]


def check_link(kind: str, pk: int, *, last_try: bool, again: bool = False) -> ChordState | None:
    """Look at one link and note what was found; None when it is gone or was checked meanwhile, unless wanted `again`.

    Raises UnreachableError when nobody answers, for another try later; on the last one the link is broken.
    """
    rows = {"song": Song, "entry": Entry}[kind].objects.filter(pk=pk)
    rows = rows if again else rows.filter(chord_state=ChordState.UNKNOWN)
    url = rows.values_list("chord_url", flat=True).first()
    if not url:
        return None
    state = state_of(url, last_try=last_try)
    rows.filter(chord_url=url).update(chord_state=state)  # nothing that is cached or live shows it
    return state


def state_of(url: str, *, last_try: bool) -> ChordState:
    """Return whether `url` works. A page that asks programs to go away (403, 429) is there for people."""
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
