"""Removes the demo, and nothing of one's own that came to stand beside it."""

from dataclasses import dataclass
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model, Q

from demo import content
from demo.logins import logins_path, read_logins
from demo.seed import update_play_counts
from jams.models import Jam, JamQuerySet, Series
from songs.models import Song, match_key
from venues.models import Venue

SONG_FIELDS = ("title", "artist", "key", "tempo", "genre", "chord_url", "parts", "archived")
VENUE_FIELDS = ("name", "address", "description", "time_zone", "archived")


@dataclass(frozen=True)
class Removed:
    """How many of each were removed, and which accounts had to stay with their password from the demo."""

    jams: int
    songs: int
    venues: int
    kept_accounts: list[str]


def is_demo_here() -> bool:
    """Return whether anything is left for `remove_demo`: one of the demo's jams, or its file of passwords."""
    return logins_path().exists() or _find_jams().exists()


@transaction.atomic
def remove_demo() -> Removed:
    """Remove the demo's jams with all that happened at them, its songs, venues and accounts.

    What is used elsewhere stays: a song on the set list of another jam, a venue with another jam, the account of
    another jam's host, and the only administrator of the site. So does what is no longer as the demo made it, or was
    here before: a song or a venue with other facts, an account with another password.
    """
    jams = list(_find_jams())
    _find_jams().delete()
    Series.objects.filter(code=content.SERIES_CODE).delete()
    mine = {match_key(title=song.title, artist=song.artist): song for song in content.build_songs()}
    unused = Song.objects.filter(match_key__in=mine, entries=None)
    songs = [song.pk for song in unused if _is_same(song, mine[song.match_key], SONG_FIELDS)]
    Song.objects.filter(pk__in=songs).delete()
    update_play_counts(list(Song.objects.filter(match_key__in=mine)))
    places = {venue.slug: venue for venue in content.build_venues()}
    empty = Venue.objects.filter(slug__in=places, jams=None, series=None)
    venues = [venue.pk for venue in empty if _is_same(venue, places[venue.slug], VENUE_FIELDS)]
    Venue.objects.filter(pk__in=venues).delete()
    return Removed(len(jams), len(songs), len(venues), kept_accounts=_remove_accounts())


def _find_jams() -> JamQuerySet:
    nights = [night.slug for night in content.NIGHTS]
    return Jam.objects.filter(Q(slug__in=nights) | Q(series__code=content.SERIES_CODE))


def _is_same(row: Model, other: Model, fields: tuple[str, ...]) -> bool:
    return all(getattr(row, name) == getattr(other, name) for name in fields)


def _remove_accounts() -> list[str]:
    """Remove the demo's accounts and the file with their passwords; return the names of those that stay."""
    kept = []
    for name, password in (read_logins() or {}).items():
        user = User.objects.filter(username=name).first()
        if user is None or not user.check_password(password):  # it is somebody's own by now
            continue
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
        if user.jams.exists() or (user.is_superuser and not others.exists()):
            kept.append(name)
        else:
            user.delete()
    transaction.on_commit(partial(logins_path().unlink, missing_ok=True))
    return kept
