"""Remove fraudulent votes, and bring them back when a host undoes that."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from core.signals import jam_changed, send_on_commit
from jams.models import Attendee, Event, Jam
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event
from votes.models import RemovedVote, Vote


@dataclass(frozen=True)
class Newcomers:
    """The phones that arrived at a jam within some minutes, as a host selects them.

    Musicians are spared unless `with_musicians`. With `only_song`, the id of an entry, these are only phones that voted
    for that song and no other.
    """

    since: datetime
    minutes: int = 1
    with_musicians: bool = False
    only_song: int | None = None

    def find(self, jam: Jam) -> QuerySet[Attendee]:
        """Return the selected phones that may still vote."""
        until = self.since + timedelta(minutes=self.minutes)
        phones = Attendee.objects.filter(
            jam=jam, created_at__gte=self.since, created_at__lt=until, votes_void=False
        ).exclude(browser=None)
        if not self.with_musicians:
            phones = phones.filter(name="")
        if self.only_song is not None:
            others = Vote.objects.filter(attendee=OuterRef("pk")).exclude(entry=self.only_song).order_by()
            phones = phones.filter(~Exists(others), votes__entry=self.only_song)
        return phones


@transaction.atomic
def void_votes(*, attendee: Attendee, user: User, now: datetime) -> Event | None:
    """Remove all votes of one phone and block it from voting at this jam; return the event, or None if it is blocked.

    Can be undone like other host actions. Raises Conflict when the jam has ended. `attendee.jam` must be loaded.
    """
    phones = Attendee.objects.filter(pk=attendee.pk, votes_void=False)
    return _void_votes_of(attendee.jam, phones, user, now)


@transaction.atomic
def void_newcomers(*, jam: Jam, newcomers: Newcomers, user: User, now: datetime) -> Event | None:
    """Do the same for all selected newcomers."""
    return _void_votes_of(jam, newcomers.find(jam), user, now)


def restore_votes(event: Event) -> None:
    """Undo a removal: the phones may vote again, and votes whose song and phone are still there count again.

    A musician who has moved to one of the phones has its votes, and may vote again as well.
    """
    removed = RemovedVote.objects.filter(event=event)
    votes = [
        Vote(entry_id=entry, attendee_id=attendee, created_at=at)
        for entry, attendee, at in removed.values_list("entry", "attendee", "created_at")
    ]
    phones = {*event.data["attendees"], *(vote.attendee_id for vote in votes)}
    allowed = Attendee.objects.filter(jam=event.jam, pk__in=phones)
    allowed.update(votes_void=False)  # sends no signal; no page shows it
    Vote.objects.bulk_create(votes, ignore_conflicts=True)
    removed.delete()
    send_on_commit(jam_changed, slug=event.jam.slug, what="votes")  # bulk_create sends no signal


def _void_votes_of(jam: Jam, phones: QuerySet[Attendee], user: User, now: datetime) -> Event | None:
    jam = lock_open_jam(jam)
    blocked = list(phones.order_by("pk").values_list("pk", flat=True))
    if not blocked:
        return None
    Attendee.objects.filter(pk__in=blocked).update(votes_void=True)  # sends no signal; no page shows it
    votes = Vote.objects.filter(entry__jam=jam, attendee__in=blocked)
    found = list(votes.values_list("entry", "attendee", "created_at"))
    event = record_event(
        jam=jam, verb=Verb.VOID_VOTES, now=now, user=user, n=len(found), phones=len(blocked), attendees=blocked
    )
    kept = [RemovedVote(event=event, entry_id=entry, attendee_id=voter, created_at=at) for entry, voter, at in found]
    RemovedVote.objects.bulk_create(kept)  # sends no signal; no page shows it
    votes.delete()
    return event
