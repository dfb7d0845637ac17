"""What a locked phone shows: the same sentence as the musician's own page, without any name of a person."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from jams import policies
from jams.identity.push_receipts import CallKind, sign_receipt
from jams.models import BandStatus, EntryStatus, Jam, Performance, PushSubscription, Recipient, Seat
from jams.selectors.band_night import read_band_night
from jams.selectors.board import read_board
from jams.selectors.board_for_visitor import describe_place_on_deck
from jams.selectors.my_turn import find_my_turn
from jams.services.set_list import list_deck

MAX_ASKED_PHONES = 40
MAX_TITLE_LENGTH = 80  # of the jam's name; all of a message has to fit into one record


@dataclass(frozen=True)
class Call:
    """What to send to which phone."""

    subscription: PushSubscription
    message: dict[str, Any]


def read_call(seat: int, *, now: datetime) -> Call | None:
    """Return the call for somebody's seat; None if none is due, it was seen, or calls are off."""
    rows = Seat.objects.select_related("band__jam__venue", "attendee__push_subscription")
    wanted = rows.filter(pk=seat, band__status=BandStatus.CALLED, attendee__push_subscription__isnull=False)
    found = wanted.first()
    if found is None or found.band.called_at is None:
        return None
    called_at, jam, phone = found.band.called_at, found.band.jam, found.attendee.push_subscription
    if jam.is_over or not policies.has_bands(jam) or found.has_seen(called_at) or found.has_got(called_at):
        return None
    with override(phone.language):
        turn = find_my_turn(read_band_night(jam, now=now), found.attendee, zone=jam.venue.zone)
    return _build_call(jam, phone, turn.call or turn.sentence, sign_receipt(CallKind.SEAT, seat, called_at))


def read_song_call(performance: int) -> Call | None:
    """Return the call for somebody's part in a song; None if it is known or not on deck any more, or calls are off."""
    rows = Performance.objects.select_related("entry__jam", "entry__song", "attendee__push_subscription")
    wanted = rows.filter(pk=performance, no_show=False, attendee__push_subscription__isnull=False)
    found = wanted.filter(entry__status=EntryStatus.ON_DECK).first()
    if found is None or found.entry.on_deck_at is None or not found.entry.jam.is_on:
        return None
    called_at = found.entry.on_deck_at
    if found.has_seen(called_at) or found.has_got(called_at):
        return None
    phone, jam = found.attendee.push_subscription, found.entry.jam
    deck = list_deck(jam)
    if found.entry not in deck:  # it has left the deck since it was read
        return None
    place = 1 + deck.index(found.entry)
    with override(phone.language):
        words = describe_place_on_deck(place, found.entry.song.title)
    return _build_call(jam, phone, words, sign_receipt(CallKind.PART, performance, called_at))


def read_question(recipient: int, *, now: datetime) -> Call | None:
    """Return the question that somebody was asked; None if they have read it, it has lapsed, or calls are off."""
    rows = Recipient.objects.select_related("question__jam", "attendee__push_subscription")
    found = rows.filter(pk=recipient, attendee__push_subscription__isnull=False, seen_at=None).first()
    if found is None or found.question.jam.is_over:
        return None
    jam, phone = found.question.jam, found.attendee.push_subscription
    with override(phone.language):
        shown = read_board(jam.slug, order=0)  # what is cached may be from before the question
        question = next((one for one in shown.wanted if one.pk == found.question_id), None)
        if question is None or question.is_taken or found.attendee_id not in question.unanswered:
            return None
        if found.question.band_id:  # it is called after the people in it
            question = replace(question, line_up=replace(question.line_up, title=_("a band")))
        words = question.describe(now)
    return _build_call(jam, phone, words, sign_receipt(CallKind.QUESTION, recipient, found.question.asked_at))


def _build_call(jam: Jam, phone: PushSubscription, words: str, token: str) -> Call:
    """Build a call; the phone reports that it shows it to an address with this `token`."""
    message = {
        "title": jam.name[:MAX_TITLE_LENGTH],
        "body": str(words),
        "lang": phone.language,
        "page": jam.get_absolute_url(),
        "receipt": reverse("jams:call_delivered", args=[jam.slug, token]),
    }
    return Call(phone, message)


def list_called_phones(band: int) -> list[int]:
    """Return the seats of a band whose musicians want to be called on a locked phone."""
    seats = Seat.objects.filter(band=band, attendee__push_subscription__isnull=False)
    return list(seats.order_by("pk").values_list("pk", flat=True))


def list_phones_for_song(entry: int) -> list[int]:
    """Return one performance per musician of a song, for those who want to be called on a locked phone."""
    parts = Performance.objects.filter(entry=entry, no_show=False, attendee__push_subscription__isnull=False)
    return list({row.attendee_id: row.pk for row in parts.order_by("-pk")}.values())


def list_asked_phones(question: int) -> list[int]:
    """Return the recipients of a question who want to be called on a locked phone, those who have waited longest first.

    They are at most MAX_ASKED_PHONES: a call to a push service that does not answer takes seconds.
    """
    recipients = Recipient.objects.filter(question=question, attendee__push_subscription__isnull=False)
    by_wait = recipients.order_by(F("attendee__waits_since").asc(nulls_last=True), "pk")
    return list(by_wait.values_list("pk", flat=True)[:MAX_ASKED_PHONES])
