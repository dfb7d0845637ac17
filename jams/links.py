"""Do the links to chord sheets still lead somewhere? Asked in the background, never while somebody waits.

A new or changed link has the state "not checked yet"; that row is the request, and it commits with the change.
"""

from jams.models import Entry, JamStatus
from jamsite.fetching import NotAllowed, Unreachable, fetch
from songs.models import ChordState, Song

type Link = tuple[str, int]  # the kind of row and its key

GONE = (404, 410)
SERVER_TROUBLE = 500
MOST = 100  # at a time, of each kind


def unchecked() -> list[Link]:
    """Return the links that nobody has looked at yet; those of jams that are over are left alone."""
    songs = Song.objects.filter(chord_state=ChordState.UNKNOWN).exclude(chord_url="")
    entries = Entry.objects.filter(chord_state=ChordState.UNKNOWN).exclude(chord_url="")
    running = entries.exclude(jam__status=JamStatus.ENDED)
    return [
        (kind, pk)
        for kind, rows in (("song", songs), ("entry", running))
        for pk in rows.order_by("pk").values_list("pk", flat=True)[:MOST]
    ]


def check(kind: str, pk: int, *, last_try: bool) -> ChordState | None:
    """Look at one link and note what was found; None when it is gone or was checked meanwhile.

    Raises Unreachable when nobody answers, for another try later; on the last one the link is broken.
    """
    rows = {"song": Song, "entry": Entry}[kind].objects.filter(pk=pk, chord_state=ChordState.UNKNOWN)
    url = rows.values_list("chord_url", flat=True).first()
    if not url:
        return None
    state = state_of(url, last_try=last_try)
    rows.filter(chord_url=url).update(chord_state=state)  # nothing that is cached or live shows it
    return state


def state_of(url: str, *, last_try: bool) -> ChordState:
    """Return whether `url` works. A page that asks programs to go away (403, 429) is there for people."""
    try:
        status = fetch(url).status
    except NotAllowed:
        return ChordState.BROKEN
    except Unreachable:
        if last_try:
            return ChordState.BROKEN
        raise
    if status >= SERVER_TROUBLE and not last_try:
        raise Unreachable(f"status {status}")
    return ChordState.BROKEN if status in GONE or status >= SERVER_TROUBLE else ChordState.OK
