"""Calls to locked phones: a musician asks for them, and a job sends them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Forbidden, Invalid
from core.web_push import Outcome, PushTarget, is_valid_target, send_message
from jams.models import Attendee, Jam, PushSubscription

KEEP_SECONDS = 10 * 60  # how long a push service keeps a call for a phone that is offline; later it is of no use
MAX_ENDPOINT_LENGTH, MAX_KEY_LENGTH, MAX_AUTH_LENGTH = 1000, 100, 32


@transaction.atomic
def subscribe(*, jam: Jam, attendee: Attendee, target: PushTarget, language: str, now: datetime) -> bool:
    """Call `attendee` on this phone from now on, in `language`; return whether that is new.

    Raises Forbidden for a listener, Invalid for an address or keys that no browser makes, and Conflict when the jam has
    ended.
    """
    if jam.is_over:
        raise Conflict(_("This jam has ended."))
    if not attendee.is_musician:
        raise Forbidden(_("Join in with your name first."))
    lengths = len(target.endpoint), len(target.p256dh), len(target.auth)
    is_short = all(map(int.__le__, lengths, (MAX_ENDPOINT_LENGTH, MAX_KEY_LENGTH, MAX_AUTH_LENGTH)))
    if not is_short or not is_valid_target(target):
        raise Invalid(_("This browser can't receive notifications."))
    values = {"endpoint": target.endpoint, "p256dh": target.p256dh, "auth": target.auth, "language": language}
    if PushSubscription.objects.filter(attendee=attendee, **values).exists():
        return False
    PushSubscription.objects.update_or_create(
        attendee=attendee, defaults=values, create_defaults={**values, "created_at": now}
    )
    return True


def unsubscribe(*, attendee: Attendee) -> bool:
    """Stop calling `attendee`; return whether that changed anything."""
    return bool(PushSubscription.objects.filter(attendee=attendee).delete()[0])


def send_call(subscription: PushSubscription, message: dict[str, Any]) -> Outcome:
    """Send `message` to a phone, and forget the phone if it takes no more. Raises UnreachableError to try again."""
    target = PushTarget(subscription.endpoint, subscription.p256dh, subscription.auth)
    outcome = send_message(target, message, keep_seconds=KEEP_SECONDS)
    if outcome is Outcome.GONE:
        PushSubscription.objects.filter(pk=subscription.pk, endpoint=subscription.endpoint).delete()
    return outcome
