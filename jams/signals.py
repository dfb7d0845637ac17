"""Signal receivers that invalidate caches and notify open pages after a change."""

from collections.abc import Collection
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone

from core.caching import generations
from core.signals import jam_changed, list_changed, send_on_commit
from jams.live.hub import announcer
from jams.models import Attendee, Band, Entry, Jam, JamStatus, Performance, Seat, Series
from jams.services.crowd_alarm import watch_arrivals
from jams.services.venue_changes import SHOWN, follow_venue
from songs.models import Instrument, Song
from venues.models import Venue


@receiver(jam_changed)
def invalidate_and_announce(slug: str, **kwargs: Any) -> None:
    """After the commit, invalidate the cache before announcing the change, so that readers get fresh data."""
    generations.invalidate(f"jam:{slug}")
    announcer.announce(slug)


@receiver(list_changed)
def invalidate_list(what: str, **kwargs: Any) -> None:
    generations.invalidate(what)


def is_cascade(instance: Model, origin: Any) -> bool:
    """Whether `instance` is deleted with its parent, which sends its own signal."""
    return origin is not None and getattr(origin, "model", type(origin)) is not type(instance)


@receiver([post_save, post_delete], sender=Jam)
def jam_saved(instance: Jam, **kwargs: Any) -> None:
    send_on_commit(list_changed, what="jams")
    send_on_commit(jam_changed, slug=instance.slug, what="jam")


@receiver([post_save, post_delete], sender=Series)
def series_saved(**kwargs: Any) -> None:
    send_on_commit(list_changed, what="jams")


@receiver([post_save, post_delete], sender=Entry)
def entry_saved(instance: Entry, origin: Any = None, **kwargs: Any) -> None:
    if not is_cascade(instance, origin):
        send_on_commit(list_changed, what="jams")  # lists of jams show the number of songs
        send_on_commit(jam_changed, slug=instance.jam.slug, what="entry")


@receiver([post_save, post_delete], sender=Attendee)
def attendee_saved(instance: Attendee, created: bool = False, origin: Any = None, **kwargs: Any) -> None:
    """Signal changes of musicians; a new listener changes nothing on any page."""
    if not is_cascade(instance, origin) and (instance.name or not created):
        send_on_commit(jam_changed, slug=instance.jam.slug, what="attendee")
    if created:
        watch_arrivals(instance)


@receiver([post_save, post_delete], sender=Performance)
def performance_saved(instance: Performance, origin: Any = None, **kwargs: Any) -> None:
    if not is_cascade(instance, origin):
        send_on_commit(jam_changed, slug=instance.entry.jam.slug, what="performance")


@receiver([post_save, post_delete], sender=Band)
def band_saved(instance: Band, origin: Any = None, **kwargs: Any) -> None:
    if not is_cascade(instance, origin):
        send_on_commit(jam_changed, slug=instance.jam.slug, what="band")


@receiver([post_save, post_delete], sender=Seat)
def seat_saved(instance: Seat, origin: Any = None, **kwargs: Any) -> None:
    if not is_cascade(instance, origin):
        send_on_commit(jam_changed, slug=instance.band.jam.slug, what="seat")


@receiver([post_save, post_delete], sender=Song)
def song_saved(instance: Song, **kwargs: Any) -> None:
    send_on_commit(list_changed, what="songs")
    _send_jams_changed(Jam.objects.filter(entries__song=instance))


@receiver([post_save, post_delete], sender=Instrument)
def instrument_saved(**kwargs: Any) -> None:
    """Boards and pages of songs show the names of instruments."""
    send_on_commit(list_changed, what="songs")
    _send_jams_changed(Jam.objects.on_or_coming(timezone.now()))


@receiver([post_save, post_delete], sender=Venue)
def venue_saved(instance: Venue, update_fields: Collection[str] | None = None, **kwargs: Any) -> None:
    if update_fields is None or not SHOWN.isdisjoint(update_fields):
        follow_venue(instance)
    send_on_commit(list_changed, what="venues")
    _send_jams_changed(Jam.objects.filter(venue=instance))


def _send_jams_changed(jams: QuerySet[Jam]) -> None:
    """Signal a change of a song or a venue for every jam that shows it and has not ended."""
    for slug in jams.exclude(status=JamStatus.ENDED).values_list("slug", flat=True):
        send_on_commit(jam_changed, slug=slug, what="library")
