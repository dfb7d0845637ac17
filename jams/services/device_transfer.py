"""Move a musician to another phone with a short code that is shown once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Forbidden, NotFound
from core.signals import jam_changed, send_on_commit
from core.stable_names import DEVICE_TRANSFER_SALT
from core.unique_values import save_if_free
from jams.identity.browser_cookie import derive_attendee_key
from jams.models import Attendee, Jam, MoveCode, PushSubscription
from jams.services.attendance import get_or_create_attendee
from jams.services.cards import move_card
from jams.services.entry_transitions import require_not_over
from jams.services.event_log import Verb, record_event

LETTERS = "ACDEFGHJKMNPQRTUVWXY34679"  # no look-alikes: no 0 and O, 1 and I, 5 and S, 8 and B, 2 and Z
LENGTH = 6
CODE_LIFETIME = timedelta(minutes=10)


@transaction.atomic
def create_move_code(*, attendee: Attendee, now: datetime) -> str:
    """Return a code that moves this musician to another phone, valid for CODE_LIFETIME; any earlier code is revoked.

    Raises Forbidden for a listener, who has no name to move.
    """
    musician = Attendee.objects.select_for_update(no_key=True).filter(pk=attendee.pk).first()  # one tap after another
    if musician is None or not musician.is_musician:
        raise Forbidden(_("Join in with your name first."))
    row = MoveCode.objects.filter(attendee=attendee).first() or MoveCode(attendee=attendee)
    row.expires_at = now + CODE_LIFETIME
    while True:
        code = get_random_string(LENGTH, LETTERS)
        row.digest = _digest(attendee.jam_id, code)
        if save_if_free(row, "digest", row.save):
            return code


@transaction.atomic
def move_to_device(*, jam: Jam, code: str, browser: str, now: datetime) -> Attendee:
    """Move the musician with this `code` to the phone with the id `browser`, and return them.

    Name, sign-ups and votes move along. Votes of both phones are merged, so that no song gets two. The first phone is
    no attendee until it acts again. Raises NotFound for a wrong or expired code, and Conflict when the phone has
    already joined under a name or the jam has ended.
    """
    require_not_over(jam)
    musician = _redeem(jam, code, now)
    here = get_or_create_attendee(jam=jam, browser=browser, now=now)
    if here == musician:
        return musician
    if here.is_musician:
        raise Conflict(
            _("You've already joined on this phone as %(name)s. Stop playing here first, then enter the code.")
            % {"name": here.name}
        )
    _merge_phone(here, musician)
    PushSubscription.objects.filter(attendee=musician).delete()  # so the old phone is no longer called
    musician.browser = derive_attendee_key(jam.pk, browser)
    musician.save(update_fields=["browser", "votes_void"])
    move_card(attendee=musician, browser=browser)
    record_event(jam=jam, verb=Verb.MOVE_NAME, now=now, attendee=musician)
    return musician


def _redeem(jam: Jam, code: str, now: datetime) -> Attendee:
    """Delete the code and return its musician; if two phones try at once, one of them gets NotFound."""
    code = code.upper().replace(" ", "").replace("-", "")
    valid = MoveCode.objects.filter(digest=_digest(jam.pk, code), attendee__jam=jam, expires_at__gt=now)
    found = valid.select_related("attendee").first()
    if found is None or not MoveCode.objects.filter(pk=found.pk, digest=found.digest).delete()[0]:
        sentence = _("This code is no longer valid. Get a new one on your other phone.")
        raise NotFound(sentence)
    found.attendee.jam = jam
    return found.attendee


def _merge_phone(here: Attendee, musician: Attendee) -> None:
    """Transfer what this phone did as a listener to the musician, and free the phone for them.

    If a host has removed the votes of either, the musician may not vote, and undoing that still restores them.
    """
    musician.votes_void = musician.votes_void or here.votes_void
    lost = here.votes.all() if musician.votes_void else here.votes.filter(entry__in=musician.votes.values("entry"))
    lost.delete()
    here.votes.update(attendee=musician)
    twins = musician.removed_votes.filter(event=OuterRef("event"), entry=OuterRef("entry")).order_by()
    here.removed_votes.exclude(Exists(twins)).update(attendee=musician)
    here.suggestions.update(suggested_by=musician)
    if here.name:  # a musician who left after playing stays in the history
        here.browser = None
        here.save(update_fields=["browser"])
    else:
        here.events.update(attendee=musician)
        here.delete()
    send_on_commit(jam_changed, slug=here.jam.slug, what="attendee")


def _digest(jam_id: int, code: str) -> str:
    return salted_hmac(DEVICE_TRANSFER_SALT, f"{jam_id}:{code}", algorithm="sha256").hexdigest()
