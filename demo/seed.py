"""Loads the demo once, in one transaction."""

from datetime import datetime
from itertools import cycle, islice
from random import Random

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from core.signals import jam_changed, list_changed, send_on_commit
from demo import accounts, content
from demo.night import NightBuilder
from jams.models import Entry, EntryStatus, Jam
from songs.models import Song
from venues.models import Venue


@transaction.atomic
def seed_demo(*, now: datetime) -> bool:
    """Create the demo around `now`. Return False, and change nothing, if it exists already."""
    venues = content.build_venues()
    if Venue.objects.filter(slug=venues[0].slug).exists():
        return False
    passwords = accounts.create_logins()
    venues_by_slug = {venue.slug: venue for venue in Venue.objects.bulk_create(venues)}
    songs = add_songs(content.build_songs())
    _add_nights(venues_by_slug, songs, now)
    _add_series(songs)
    update_play_counts(songs)
    announce_lists()
    if passwords:
        accounts.write_logins(passwords)
    return True


def add_songs(songs: list[Song]) -> list[Song]:
    """Add those of `songs` that are not in the library yet; return the library's rows of all of them."""
    Song.objects.bulk_create(songs, batch_size=1000, ignore_conflicts=True)
    keys = {song.match_key for song in songs}
    return [song for song in Song.objects.order_by("pk") if song.match_key in keys]


def update_play_counts(songs: list[Song]) -> None:
    """Set `times_played` and `last_played_at` of `songs` from the set lists."""
    played = Entry.objects.filter(song=OuterRef("pk"), status=EntryStatus.PLAYED).order_by().values("song")
    Song.objects.filter(Q(pk__in=[song.pk for song in songs])).update(
        times_played=Coalesce(Subquery(played.annotate(n=Count("pk")).values("n")), 0),
        last_played_at=Subquery(played.annotate(last=Max("finished_at")).values("last")),
    )


def announce_lists() -> None:
    """Announce that songs, venues and jams have changed, which bulk writes do not."""
    for what in ("songs", "venues", "jams"):
        send_on_commit(list_changed, what=what)


def _add_series(songs: list[Song]) -> None:
    first = Jam.objects.select_related("venue").get(slug=content.FIRST_OF_SERIES)
    series = content.build_series(first)
    series.save()
    series.hosts.add(*first.hosts.all())
    series.songs.add(*songs[:10])
    first.series, first.series_day = series, series.first_on
    first.save(update_fields=["series", "series_day"])


def _add_nights(venues: dict[str, Venue], songs: list[Song], now: datetime) -> None:
    rng = Random(1959)  # noqa: S311  (made-up nights, the same on every machine)
    all_musicians = cycle(content.read_musicians())
    for night in content.NIGHTS:
        builder = NightBuilder(night=night, venue=venues[night.venue], rng=rng, now=now)
        cast = list(islice(all_musicians, night.musicians))
        jam = builder.build(host=User.objects.get(username=night.host), songs=songs, cast=cast)
        send_on_commit(jam_changed, slug=jam.slug, what="seeded")
