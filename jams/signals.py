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
from jams.models import (
    OVER,
    Attendee,
    Band,
    BandStatus,
    Entry,
    EntryStatus,
    Jam,
    Performance,
    Question,
    Recipient,
    Seat,
    Series,
)
from jams.selectors.calls import list_called_phones, list_phones_for_song
from jams.services.crowd_alarm import watch_arrivals
from jams.services.venue_changes import SHOWN, follow_venue, take_off_nights
from jams.tasks import push_call, push_question, push_song_call
from songs.models import Instrument, Song
from venues.models import Membership, Venue


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
def entry_saved(
    instance: Entry, update_fields: Collection[str] | None = None, origin: Any = None, **kwargs: Any
) -> None:
    """Announce the change; a song that is put on deck also calls the locked phones of its musicians."""
    if instance.status == EntryStatus.ON_DECK and "status" in (update_fields or ()):
        for performance in list_phones_for_song(instance.pk):
            push_song_call.enqueue(performance)
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
def performance_saved(instance: Performance, created: bool = False, origin: Any = None, **kwargs: Any) -> None:
    """Announce the change; somebody who joins a song on deck is called, too."""
    if is_cascade(instance, origin):
        return
    send_on_commit(jam_changed, slug=instance.entry.jam.slug, what="performance")
    if (
        created
        and instance.entry.status == EntryStatus.ON_DECK
        and instance.pk in list_phones_for_song(instance.entry_id)
    ):
        push_song_call.enqueue(instance.pk)


@receiver([post_save, post_delete], sender=Band)
def band_saved(instance: Band, update_fields: Collection[str] | None = None, origin: Any = None, **kwargs: Any) -> None:
    """Announce the change; a call also goes to locked phones, by jobs that commit with it."""
    if not is_cascade(instance, origin):
        send_on_commit(jam_changed, slug=instance.jam.slug, what="band")
    if instance.status == BandStatus.CALLED and "called_at" in (update_fields or ()):
        for seat in list_called_phones(instance.pk):
            push_call.enqueue(seat)


@receiver([post_save, post_delete], sender=Seat)
def seat_saved(instance: Seat, created: bool = False, origin: Any = None, **kwargs: Any) -> None:
    """Announce the change; somebody who joins a band that was called is called, too."""
    if not is_cascade(instance, origin):
        send_on_commit(jam_changed, slug=instance.band.jam.slug, what="seat")
    if created and instance.band.status == BandStatus.CALLED and instance.pk in list_called_phones(instance.band_id):
        push_call.enqueue(instance.pk)


@receiver([post_save, post_delete], sender=Question)
def question_saved(instance: Question, created: bool = False, origin: Any = None, **kwargs: Any) -> None:
    """Announce the change; a new question also goes to locked phones, once it is known who is asked."""
    if created:
        push_question.enqueue(instance.pk)
    if not is_cascade(instance, origin):
        send_on_commit(jam_changed, slug=instance.jam.slug, what="question")


@receiver(post_save, sender=Recipient)
def recipient_saved(instance: Recipient, **kwargs: Any) -> None:
    send_on_commit(jam_changed, slug=instance.question.jam.slug, what="recipient")


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


@receiver(post_delete, sender=Membership)
def member_left(instance: Membership, **kwargs: Any) -> None:
    take_off_nights(instance)


def _send_jams_changed(jams: QuerySet[Jam]) -> None:
    """Signal a change of a song or a venue for every jam that shows it and is not over."""
    for slug in jams.exclude(status__in=OVER).values_list("slug", flat=True):
        send_on_commit(jam_changed, slug=slug, what="library")
