"""Removes the demo, and nothing of one's own that came to stand beside it."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction

from core.signals import jam_changed, send_on_commit
from demo import content
from demo.logins import logins_path, read_logins
from demo.seed import announce_lists
from jams.models import Jam
from songs.models import Song
from venues.models import Venue


@dataclass(frozen=True)
class Removed:
    """How many of each were removed, and which of the demo's accounts had to stay."""

    jams: int
    songs: int
    venues: int
    kept_accounts: list[str]


def is_demo_here() -> bool:
    """Return whether any of the demo's jams is left."""
    return Jam.objects.filter(slug__in=_jam_slugs()).exists()


@transaction.atomic
def remove_demo() -> Removed:
    """Remove the demo's jams with all that happened at them, its songs, venues and accounts.

    What is used elsewhere stays: a song on the set list of another jam, a venue with another jam, the account of
    another jam's host, and the only administrator of the site.
    """
    jams = Jam.objects.filter(slug__in=_jam_slugs())
    slugs = list(jams.values_list("slug", flat=True))
    jams.delete()
    keys = [song.match_key for song in _with_match_keys(content.build_songs())]
    songs = Song.objects.filter(match_key__in=keys, entries=None)
    venues = Venue.objects.filter(slug__in=[venue.slug for venue in content.build_venues()], jams=None)
    counts = (len(slugs), songs.count(), venues.count())
    songs.delete()
    venues.delete()
    announce_lists()
    for slug in slugs:
        send_on_commit(jam_changed, slug=slug, what="removed")
    return Removed(*counts, kept_accounts=_remove_accounts())


def _jam_slugs() -> list[str]:
    return [night.slug for night in content.NIGHTS]


def _with_match_keys(songs: list[Song]) -> list[Song]:
    """Derive the key by which songs are the same, as saving them would."""
    field = Song._meta.get_field("match_key")
    for song in songs:
        field.pre_save(song, add=True)
    return songs


def _remove_accounts() -> list[str]:
    """Remove the demo's accounts; return the names of those that stay. Their passwords are no longer kept then."""
    kept = []
    for name in read_logins() or {}:
        user = User.objects.filter(username=name).first()
        if user is None:
            continue
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
        if user.jams.exists() or (user.is_superuser and not others.exists()):
            kept.append(name)
        else:
            user.delete()
    logins_path().unlink(missing_ok=True)
    return kept
