"""Every address of the site, and whom its answer is for. A new address has to be put into KINDS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from jams.models import Entry, EntryStatus, Jam, JamStatus, Series
from songs.models import Song
from tests.builders import (
    make_attendee,
    make_entry,
    make_jam,
    make_performance,
    make_series,
    make_song,
    make_venue,
    make_vote,
)
from venues.models import Venue


class Kind(Enum):
    PUBLIC = "the same for everybody: kept, shared, without cookies"
    PERSONAL = "for its reader alone: never kept anywhere"
    FILE = "a file under a name that no other content ever gets: kept for ever"
    MOVED = "sends on to where the page is now"
    FEED = "the same for everybody, for other programs and sites: they keep it as long as it says"
    HOSTS = "behind a login, for hosts"
    WRITE = "changes something; nobody keeps its answer"


KINDS = {
    "jams:home": Kind.PUBLIC,
    "jams:about": Kind.PUBLIC,
    "jams:privacy": Kind.PUBLIC,
    "jams:list": Kind.PUBLIC,
    "jams:detail": Kind.PERSONAL,
    "jams:board": Kind.PUBLIC,
    **dict.fromkeys(["jams:qr", "jams:qr_png"], Kind.PUBLIC),
    **dict.fromkeys(["jams:poster", "jams:table_cards", "jams:running_order", "jams:recap"], Kind.PUBLIC),
    "songs:list": Kind.PUBLIC,
    "songs:detail": Kind.PUBLIC,
    "venues:list": Kind.PUBLIC,
    **dict.fromkeys(["venues:detail", "venues:colours"], Kind.PUBLIC),
    "jams:me": Kind.PERSONAL,
    "jams:mine": Kind.PERSONAL,
    "jams:set_list": Kind.PERSONAL,
    **dict.fromkeys(["jams:join", "jams:leave", "jams:new_code", "jams:use_code"], Kind.WRITE),
    **dict.fromkeys(["jams:sign_up", "jams:withdraw", "jams:chords"], Kind.WRITE),
    **dict.fromkeys(["jams:waiting", "jams:act", "jams:join_act", "jams:act_code"], Kind.WRITE),
    **dict.fromkeys(["jams:leave_band", "jams:answer"], Kind.WRITE),
    "jams:card": Kind.WRITE,
    **dict.fromkeys(["jams:push", "jams:push_off", "jams:call_delivered", "jams:call_seen"], Kind.WRITE),
    **dict.fromkeys(["votes:heart", "votes:suggest"], Kind.WRITE),
    **dict.fromkeys(["jams:room", "jams:remove-me", "jams:stage", "jams:stage_live"], Kind.PERSONAL),
    "jams:by_code": Kind.MOVED,
    "jams:series": Kind.PERSONAL,
    **dict.fromkeys(["jams:series_qr", "jams:series_qr_png", "jams:series_poster"], Kind.PUBLIC),
    "jams:invitation": Kind.WRITE,
    **dict.fromkeys(["votes:arrivals", "votes:twins", "votes:merge"], Kind.HOSTS),
    **dict.fromkeys(["votes:room-code", "votes:void", "votes:unmerge", "csp-report"], Kind.WRITE),
    **dict.fromkeys(["search:page", "search:suggestions"], Kind.PERSONAL),
    "search:log": Kind.WRITE,
    "set_language": Kind.WRITE,
    "search:wanted": Kind.HOSTS,
    "accounts:two_factor": Kind.HOSTS,
    **{f"accounts:two_factor_{act}": Kind.WRITE for act in ("begin", "confirm", "codes", "off")},
    **dict.fromkeys(["jams:calendar", "jams:venue_calendar", "jams:series_calendar", "jams:jam_calendar"], Kind.FEED),
    "jams:embed": Kind.FEED,
    **dict.fromkeys(["robots", "manifest", "service-worker", "offline"], Kind.FEED),
    "favicon": Kind.MOVED,
    "setup:first_account": Kind.WRITE,
    **dict.fromkeys(["passwords:forgotten", "passwords:new"], Kind.WRITE),
    "address:change": Kind.HOSTS,
    "address:confirm": Kind.WRITE,
    **dict.fromkeys(["registration:start", "registration:confirm"], Kind.WRITE),
    "picture": Kind.FILE,
    "None": Kind.MOVED,
}
#: Behind a login, or for developers alone; and the API, whose addresses are held to the same by their own tests.
ELSEWHERE = ("admin", "demo", "exports", "host", "operations", "djdt", "api-v1")
PUBLIC, PERSONAL = ([name for name, kind in KINDS.items() if kind is wanted] for wanted in (Kind.PUBLIC, Kind.PERSONAL))


@dataclass
class World:
    """Something to look at under every address: a busy night, a coming and a past one."""

    jam: Jam
    past: Jam
    venue: Venue
    song: Song
    entry: Entry
    series: Series

    def address(self, name: str) -> str:
        """Return the path of the page `name` in this world."""
        here: dict[str, dict[str, Any]] = {
            "jams": {"slug": self.jam.slug, "entry_id": self.entry.pk, "code": self.series.code},
            "votes": {"slug": self.jam.slug, "entry_id": self.entry.pk},
            "songs": {"pk": self.song.pk},
            "venues": {"slug": self.venue.slug},
            "search": {},
        }
        values = here[name.partition(":")[0]] | ({"slug": self.past.slug} if name == "jams:recap" else {})
        wanted = dict(addresses())[name].pattern.converters
        return reverse(name, kwargs={part: values[part] for part in wanted})


def addresses(patterns: list[Any] | None = None, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield the name of every address of our own, as "jams:detail", with its pattern."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", pattern
        elif pattern.namespace not in ELSEWHERE:
            yield from addresses(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)


def make_world() -> World:
    venue, song = make_venue(time_zone="Pacific/Auckland"), make_song(parts=[{"part": "bass"}])
    now = timezone.now()
    jam = make_jam(venue=venue)
    entry = make_entry(jam=jam, song=song)
    make_performance(entry=entry, attendee=make_attendee(jam=jam, name="Dana"))
    make_vote(entry=entry)
    coming = make_jam(venue=venue, starts_at=now + timedelta(days=5), status=JamStatus.SCHEDULED)
    make_entry(jam=coming, song=song)
    past = make_jam(venue=venue, starts_at=now - timedelta(days=5), status=JamStatus.ENDED, recap_public=True)
    played = now - timedelta(days=5)
    make_entry(jam=past, song=song, status=EntryStatus.PLAYED, started_at=played, finished_at=played)
    return World(jam=jam, past=past, venue=venue, song=song, entry=entry, series=make_series(venue=venue))
