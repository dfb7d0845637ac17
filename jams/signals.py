"""What follows from a change: old cache entries are left behind, and the open pages hear of it."""

from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from core.caching import generations
from core.signals import jam_changed, list_changed, send_on_commit
from jams.live.hub import announcer
from jams.models import Attendee, Entry, Jam, JamStatus, Performance
from jams.selectors.search import update_search_words
from jams.services.crowd_alarm import watch_arrivals
from songs.models import Song
from venues.models import Venue


@receiver(jam_changed)
def forget_and_tell(slug: str, **kwargs: Any) -> None:
    """After the commit: first the cache, so that whoever is told reads anew."""
    generations.invalidate(f"jam:{slug}")
    announcer.announce(slug)


@receiver(list_changed)
def forget_list(what: str, **kwargs: Any) -> None:
    generations.invalidate(what)


def is_cascade(instance: Model, origin: Any) -> bool:
    """Whether `instance` goes because something above it was deleted, which tells of itself."""
    return origin is not None and getattr(origin, "model", type(origin)) is not type(instance)


@receiver([post_save, post_delete], sender=Jam)
def jam_saved(instance: Jam, **kwargs: Any) -> None:
    send_on_commit(list_changed, what="jams")
    send_on_commit(jam_changed, slug=instance.slug, what="jam")


@receiver([post_save, post_delete], sender=Entry)
def entry_saved(instance: Entry, origin: Any = None, **kwargs: Any) -> None:
    if not is_cascade(instance, origin):
        send_on_commit(list_changed, what="jams")  # they count their songs
        send_on_commit(jam_changed, slug=instance.jam.slug, what="entry")


@receiver([post_save, post_delete], sender=Attendee)
def attendee_saved(instance: Attendee, created: bool = False, origin: Any = None, **kwargs: Any) -> None:
    """Tell of a musician; a listener who has just come changes nothing that anybody sees."""
    if not is_cascade(instance, origin) and (instance.name or not created):
        send_on_commit(jam_changed, slug=instance.jam.slug, what="attendee")
    if created:
        watch_arrivals(instance)


@receiver([post_save, post_delete], sender=Performance)
def performance_saved(instance: Performance, origin: Any = None, **kwargs: Any) -> None:
    if not is_cascade(instance, origin):
        send_on_commit(jam_changed, slug=instance.entry.jam.slug, what="performance")


@receiver([post_save, post_delete], sender=Song)
def song_saved(instance: Song, **kwargs: Any) -> None:
    send_on_commit(list_changed, what="songs")
    _tell_jams(Jam.objects.filter(entries__song=instance))


@receiver([post_save, post_delete], sender=Venue)
def venue_saved(instance: Venue, **kwargs: Any) -> None:
    update_search_words(instance)
    send_on_commit(list_changed, what="venues")
    _tell_jams(Jam.objects.filter(venue=instance))


def _tell_jams(jams: QuerySet[Jam]) -> None:
    """A song or a venue shows on every jam that has it, and the open pages of those want to know."""
    for slug in jams.exclude(status=JamStatus.ENDED).values_list("slug", flat=True):
        send_on_commit(jam_changed, slug=slug, what="library")
