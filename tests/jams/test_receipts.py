"""What one call is: its moment tells it from the calls before and after, whatever else happens to the deck."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from html import unescape
from threading import Event

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from jams.identity.push_receipts import SignedCall, read_moment, read_receipt
from jams.models import Attendee, Band, Entry, Format, Jam, Performance, PushSubscription, Seat
from jams.selectors.calls import read_call, read_song_call
from jams.selectors.console import read_console
from jams.services import bands
from jams.services.receipts import note_call_delivered, note_call_seen
from jams.services.set_list import list_deck, order_deck, put_on_deck, take_off_deck
from jams.services.stage import start_song
from jams.services.undo import undo_event
from jobs.models import Job
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_waiting
from tests.people import Browser
from tests.push import PushPhone

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LONG = 30  # seconds; nobody waits for them to pass


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def host() -> User:
    return User.objects.create_superuser("hannah")


@pytest.fixture
def jam(host: User) -> Jam:
    return make_jam(slug="songs", hosts=(host,))


def allow_calls(attendee: Attendee) -> None:
    """Let the locked phone of `attendee` be called."""
    target = PushPhone().at("https://push.example/1")
    PushSubscription.objects.create(attendee=attendee, language="en", **vars(target))


@pytest.fixture
def part(jam: Jam) -> Performance:
    """The part of Ana, whose locked phone is called, in a song behind which another one stands on deck."""
    ana = make_attendee(jam=jam, name="Ana", plays=["vocals"])
    allow_calls(ana)
    return make_performance(entry=make_entry(jam=jam), attendee=ana, part="vocals")


def call(part: Performance, host: User, at: datetime = NOW) -> SignedCall:
    """Put the song on deck, and return the call as the phone gets it."""
    put_on_deck(jam=part.entry.jam, entry=part.entry, user=host, now=at)
    return read_pushed(part)


def read_pushed(part: Performance) -> SignedCall:
    pushed = read_song_call(part.pk)
    assert pushed
    receipt = read_receipt(pushed.message["receipt"].rstrip("/").rsplit("/", 1)[1])
    assert receipt
    return receipt


def reached(jam: Jam) -> list[str]:
    """Return what the host reads behind the names of all musicians on deck."""
    players = [player for item in read_console(jam, now=NOW).deck for player in item.players]
    return ["seen" if one.seen_at else "shown" if one.delivered_at else "not reached" for one in players]


def test_late_receipt_counts_after_the_deck_was_reordered(jam: Jam, host: User, part: Performance) -> None:
    receipt = call(part, host)
    other = make_entry(jam=jam)
    put_on_deck(jam=jam, entry=other, user=host, now=later(1))
    moved = order_deck(jam=jam, entry=other, place=1, user=host, now=later(60))
    assert list_deck(jam) == [other, part.entry]
    assert note_call_delivered(jam=jam, call=receipt, now=later(70))
    assert not note_call_delivered(jam=jam, call=receipt, now=later(71))
    assert moved
    undo_event(event=moved, user=host, now=later(80))
    assert list_deck(jam) == [part.entry, other]
    assert reached(jam) == ["shown"]
    assert Job.objects.count() == 1  # neither another place nor its undo calls anybody again


def test_what_was_seen_stays_seen_whatever_the_order(jam: Jam, host: User, part: Performance) -> None:
    call(part, host)
    assert note_call_seen(jam=jam, attendee=part.attendee, now=later(1))
    put_on_deck(jam=jam, entry=make_entry(jam=jam), user=host, now=later(2))
    order_deck(jam=jam, entry=part.entry, place=2, user=host, now=later(3))
    assert reached(jam) == ["seen"]
    assert read_song_call(part.pk) is None


def test_new_call_is_not_reached_by_the_receipt_of_the_old_one(jam: Jam, host: User, part: Performance) -> None:
    first = call(part, host)
    take_off_deck(jam=jam, entry=part.entry, user=host, now=later(0.2))
    second = call(part, host, at=later(0.4))  # in the same second
    assert first != second
    assert not note_call_delivered(jam=jam, call=first, now=later(5))
    assert reached(jam) == ["not reached"]
    assert note_call_delivered(jam=jam, call=second, now=later(6))
    assert reached(jam) == ["shown"]


def test_undo_gives_the_old_call_back_with_its_receipts(jam: Jam, host: User, part: Performance) -> None:
    receipt = call(part, host)
    started = start_song(jam=jam, entry=part.entry, seen=None, user=host, now=later(60))
    assert not note_call_delivered(jam=jam, call=receipt, now=later(61))  # on stage nobody waits for it
    assert started
    undo_event(event=started, user=host, now=later(62))
    assert note_call_delivered(jam=jam, call=receipt, now=later(63))
    gone = take_off_deck(jam=jam, entry=part.entry, user=host, now=later(64))
    assert gone
    undo_event(event=gone, user=host, now=later(65))
    assert reached(jam) == ["shown"]
    assert read_song_call(part.pk) is None  # the phone has shown this call


def test_song_put_on_deck_comes_last_after_any_order(jam: Jam, host: User) -> None:
    first, second, third = (make_entry(jam=jam) for _ in range(3))
    for entry in (first, second):
        put_on_deck(jam=jam, entry=entry, user=host, now=NOW)
    order_deck(jam=jam, entry=second, place=1, user=host, now=NOW)
    put_on_deck(jam=jam, entry=third, user=host, now=NOW - timedelta(minutes=1))  # a clock that is behind
    assert list_deck(jam) == [second, first, third]
    assert [item.entry_id for item in read_console(jam, now=NOW).deck] == [second.pk, first.pk, third.pk]


def test_page_that_shows_an_old_call_does_not_answer_the_new_one(jam: Jam, host: User) -> None:
    """The report of a phone that had no network arrives when the song has been called again."""
    ana = Browser(jam, name="Ana", plays=("vocals",))
    part = make_performance(entry=make_entry(jam=jam), attendee=ana.attendee, part="vocals")
    put_on_deck(jam=jam, entry=part.entry, user=host, now=NOW)
    old = find_report(ana)
    take_off_deck(jam=jam, entry=part.entry, user=host, now=later(30))
    put_on_deck(jam=jam, entry=part.entry, user=host, now=later(60))
    new = find_report(ana)
    for address, told in ((old, "not reached"), (new, "seen")):
        assert ana.client.post(address, {"quietly": "1"}).status_code == 204
        assert reached(jam) == [told]


def find_report(browser: Browser) -> str:
    """Return the address at which the page reports that its call was seen."""
    found = re.search(r'data-unseen="([^"]+)"', browser.get("").text)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize("odd", ["", "x", "-1", "9" * 17, "\u0661", "1.5"])
def test_odd_moment_of_a_call_is_none(jam: Jam, odd: str) -> None:
    assert read_moment(odd) is None
    assert Browser(jam, name="Ana").post(f"me/call/seen/?call={odd}", quietly="1").status_code == 204


def test_band_that_is_called_again_has_not_been_reached(host: User) -> None:
    jam = make_jam(format=Format.BANDS, hosts=(host,))
    ana = make_waiting(jam=jam, name="Ana", plays=["vocals"])
    allow_calls(ana)
    bands.form_band(jam=jam, seats="vocals: Ana", user=host, now=NOW)
    band, receipts = Band.objects.get(), []
    for seconds in (0, 0.5):
        called = bands.call_band(jam=jam, band=band.pk, user=host, now=later(seconds))
        pushed = read_call(Seat.objects.get().pk, now=NOW)
        assert called
        assert pushed
        receipts.append(read_receipt(pushed.message["receipt"].rstrip("/").rsplit("/", 1)[1]))
        if not seconds:
            undo_event(event=called, user=host, now=later(0.2))
    old, new = receipts
    assert old
    assert new
    assert not note_call_delivered(jam=jam, call=old, now=later(5))
    assert note_call_delivered(jam=jam, call=new, now=later(5))


@pytest.mark.django_db(transaction=True)
def test_receipt_that_arrives_while_the_host_calls_again_is_for_the_old_call(
    jam: Jam, host: User, part: Performance
) -> None:
    receipt = call(part, host)
    is_calling, may_commit = Event(), Event()

    def call_again() -> None:
        with transaction.atomic():
            take_off_deck(jam=jam, entry=part.entry, user=host, now=later(60))
            put_on_deck(jam=jam, entry=part.entry, user=host, now=later(61))
            is_calling.set()
            may_commit.wait(0.5)  # a report that has to wait does so meanwhile
        connection.close()

    def report() -> None:
        assert is_calling.wait(LONG)
        note_call_delivered(jam=jam, call=receipt, now=later(60.5))
        note_call_seen(jam=jam, attendee=part.attendee, latest=receipt.called_at, now=later(60.5))
        may_commit.set()
        connection.close()

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(call_again), threads.submit(report)]:
            done.result()
    assert reached(jam) == ["not reached"]
    assert Entry.objects.get(pk=part.entry_id).on_deck_at == later(61)
