"""Chord sheets: a link in the library, which a jam may override. Only the jam's musicians and hosts see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Forbidden, Invalid
from jams import policies
from jams.models import Attendee, Entry, Jam
from jams.services.event_log import Verb, record_event
from songs.models import ChordState, Song, http_only

NONE = "none"
MAX_URL_LENGTH = 500
SEARCH_URL = "https://duckduckgo.com/?"


@dataclass(frozen=True)
class ChordSheet:
    """The chord sheet of an entry. `state` is a ChordState or NONE; `own` is true for the jam's own link."""

    url: str
    state: str
    own: bool

    @property
    def is_usable(self) -> bool:
        """Whether there is a link that may work."""
        return self.state in (ChordState.OK, ChordState.UNKNOWN)

    @property
    def sign(self) -> str:
        """The state as a symbol."""
        signs: dict[str, str] = {ChordState.OK: "✓", ChordState.BROKEN: "✕", ChordState.UNKNOWN: "?"}
        return signs.get(self.state, "\N{EN DASH}")

    @property
    def state_in_words(self) -> str:
        """The state in the reader's language."""
        words: dict[str, str] = {
            ChordState.OK: _("Link works"),
            ChordState.BROKEN: _("Link is broken"),
            ChordState.UNKNOWN: _("Not checked yet"),
        }
        return words.get(self.state, _("No chord sheet yet"))


def get_chord_sheet(entry: Entry) -> ChordSheet:
    """Return the chord sheet of `entry`: the jam's own, or else the library's. `entry.song` must be loaded."""
    if entry.chord_url:
        return ChordSheet(entry.chord_url, entry.chord_state, own=True)
    if entry.song.chord_url:
        return ChordSheet(entry.song.chord_url, entry.song.chord_state, own=False)
    return ChordSheet("", NONE, own=False)


def build_search_url(song: Song) -> str:
    """Return the URL of a web search for the chords of `song`."""
    return SEARCH_URL + urlencode({"q": f"{song.title} {song.artist} chords"})


def is_host(jam: Jam, user: Any) -> bool:
    """Whether `user` is a host of `jam`."""
    return user.is_authenticated and Jam.objects.run_by(user).filter(pk=jam.pk).exists()


def may_read(jam: Jam, attendee: Attendee | None, user: Any) -> bool:
    """Whether this person may see the jam's chord sheets; its hosts always may."""
    return _belongs(policies.who_may_see_chords(jam), jam, attendee) or is_host(jam, user)


def may_edit(jam: Jam, attendee: Attendee | None, user: Any) -> bool:
    """Whether this person may change the jam's chord sheets; its hosts always may."""
    return _belongs(policies.who_may_edit_chords(jam), jam, attendee) or is_host(jam, user)


@transaction.atomic
def set_chords(*, entry: Entry, url: str, attendee: Attendee | None, user: Any, now: datetime) -> bool:
    """Set the jam's own chord sheet for `entry`, or remove it with an empty `url`; return whether it changed.

    A new link starts as "not checked yet". Raises Forbidden without permission, and Invalid when `url` is not a web
    address.
    """
    if not may_edit(entry.jam, attendee, user):
        raise Forbidden(_("Only this jam's musicians and hosts can see chord sheets."))
    url = _clean_url(url)
    entry = Entry.objects.select_for_update(no_key=True, of=("self",)).select_related("jam", "song").get(pk=entry.pk)
    if entry.chord_url == url:
        return False
    entry.chord_url, entry.chord_state = url, ChordState.UNKNOWN
    entry.save(update_fields=["chord_url", "chord_state"])
    who: dict[str, Any] = {"user": user} if is_host(entry.jam, user) else {"attendee": attendee}
    record_event(jam=entry.jam, verb=Verb.SET_CHORDS, now=now, entry=entry, **who)
    return True


def _belongs(audience: policies.Audience, jam: Jam, attendee: Attendee | None) -> bool:
    """Whether `attendee`, who may be at another jam, belongs to `audience` at this one."""
    return attendee is not None and attendee.jam_id == jam.pk and audience.includes(attendee)


def _clean_url(url: str) -> str:
    url = url.strip()
    if not url:
        return ""
    try:
        http_only(url)
    except ValidationError:
        url = ""
    if not url or len(url) > MAX_URL_LENGTH:
        raise Invalid(_("That isn't a web address. It should start with http:// or https://."))
    return url
