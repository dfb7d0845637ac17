"""Musicians whom a series remembers at their request: from one night to the next, and no longer.

A card knows whether its musician wanted to play last time and did not. That is found when they join the next night, or
when the names of the last one are deleted, whichever comes first.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from core.signals import jam_changed, send_on_commit
from jams.identity.browser_cookie import MAX_AGE_SECONDS, derive_card_key
from jams.models import Attendee, Band, BandStatus, Card, EntryStatus, Jam, JamStatus
from jams.services.entry_transitions import require_not_over

ON_STAGE = (BandStatus.ON_STAGE, BandStatus.PLAYED)
PLAYED = (EntryStatus.PLAYING, EntryStatus.PLAYED)


@transaction.atomic
def remember(*, jam: Jam, attendee: Attendee, browser: str) -> bool:
    """Let the series of `jam` remember `attendee`, the musician that `browser` is; return whether that is new.

    Raises Conflict when the jam is part of no series, or is over.
    """
    require_not_over(jam)
    if jam.series_id is None:
        raise Conflict(_("This night is not part of a series."))
    about = {"name": attendee.name, "plays": attendee.plays, "nights": 0, "last_at": jam.starts_at}
    card, is_new = Card.objects.get_or_create(
        series_id=jam.series_id, browser=derive_card_key(jam.series_id, browser), defaults=about
    )
    _meet(_lock(card), jam, attendee)
    return is_new


def forget(*, jam: Jam, browser: str) -> bool:
    """Delete the card that `browser` has in the series of `jam`; return whether there was one."""
    card = find_card(jam, browser)
    if card is None:
        return False
    card.delete()
    send_on_commit(jam_changed, slug=jam.slug, what="card")
    return True


def find_card(jam: Jam, browser: str | None) -> Card | None:
    """Return the card that `browser` has in the series of `jam`; without a query where there can be none."""
    if jam.series_id is None or browser is None:
        return None
    return Card.objects.filter(series=jam.series_id, browser=derive_card_key(jam.series_id, browser)).first()


def meet_again(*, jam: Jam, attendee: Attendee, browser: str) -> None:
    """Note on the card, if there is one, that its musician has joined `jam` as `attendee`, and what they play.

    Whoever joins a night in advance, while the one they are at is not over, is met there only once they ask again.
    """
    card = find_card(jam, browser)
    if card is None:
        return
    card = _lock(card)
    last = card.attendee
    if last is None or last.jam_id == jam.pk or last.jam.is_over:
        _meet(card, jam, attendee)


def move_card(*, attendee: Attendee, browser: str) -> None:
    """Let the card of `attendee` follow to the phone with the id `browser`."""
    card = Card.objects.filter(attendee=attendee).first()
    if card is not None:
        key = derive_card_key(card.series_id, browser)
        Card.objects.filter(series=card.series_id, browser=key).exclude(pk=card.pk).delete()
        card.browser = key
        card.save(update_fields=["browser"])


def close_night(jam: Jam) -> None:
    """Note on the cards whether their musicians have played at `jam`, which is over, and let go of the night."""
    for card in Card.objects.filter(attendee__jam=jam).select_related("attendee").order_by("pk"):
        if card.attendee is not None:
            _close_night(card, card.attendee)
            card.save(update_fields=["attendee", "missed_last"])


def forget_old_cards(*, now: datetime) -> int:
    """Delete the cards of those who have missed KEEP_CARDS_NIGHTS nights, or whose cookie has expired.

    Return how many were deleted.
    """
    expired = Card.objects.filter(last_at__lt=now - timedelta(seconds=MAX_AGE_SECONDS))
    count = expired.delete()[0]
    for card in Card.objects.filter(last_at__lt=now - timedelta(days=settings.KEEP_CARDS_NIGHTS)).order_by("pk"):
        since = Jam.objects.filter(series=card.series_id, starts_at__gt=card.last_at, status=JamStatus.ENDED)
        if since.count() >= settings.KEEP_CARDS_NIGHTS:
            count += card.delete()[0]
    return count


def _lock(card: Card) -> Card:
    """Reload `card` with its musician and lock it until the transaction ends."""
    cards = Card.objects.select_for_update(of=("self",), no_key=True).select_related("attendee__jam")
    return cards.get(pk=card.pk)


def _meet(card: Card, jam: Jam, attendee: Attendee) -> None:
    """Let `card` lead to `attendee`, and no longer to another night."""
    if card.attendee is not None and card.attendee.pk != attendee.pk:
        _close_night(card, card.attendee)
    if card.attendee is None:
        Card.objects.filter(attendee=attendee).update(attendee=None)  # of another phone, or before a change of series
        card.attendee, card.last_at, card.nights = attendee, jam.starts_at, card.nights + 1
    card.name, card.plays = attendee.name, attendee.plays
    card.save()
    send_on_commit(jam_changed, slug=jam.slug, what="card")


def _close_night(card: Card, attendee: Attendee) -> None:
    seats, songs = attendee.seats.filter(no_show=False), attendee.performances.filter(no_show=False)
    has_played = seats.filter(band__status__in=ON_STAGE).exists() or songs.filter(entry__status__in=PLAYED).exists()
    wanted = attendee.waits_since is not None or seats.filter(band__status__in=Band.UPCOMING).exists()
    card.missed_last = wanted and not has_played
    card.attendee = None
