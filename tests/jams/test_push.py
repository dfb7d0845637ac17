"""Calls on locked phones: asked for, sent by the worker, reported, and forgotten."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jams.identity.push_receipts import CallKind, SignedCall, read_receipt, sign_receipt, write_moment
from jams.models import (
    Answer,
    Attendee,
    Band,
    BandStatus,
    Entry,
    Format,
    Jam,
    JamStatus,
    PushSubscription,
    Question,
    Recipient,
    Seat,
)
from jams.services.bands import call_band, change_seat
from jams.services.device_transfer import create_move_code, move_to_device
from jams.services.host_people import add_walk_up, remove_person
from jams.services.privacy import forget_attendee, forget_old_jams
from jams.services.questions import answer_question, ask_players, stop_asking
from jams.services.set_list import order_deck, put_on_deck, take_off_deck
from jams.services.undo import undo_event
from jams.tasks import push_call, push_question_to, push_song_call
from jobs.models import Job
from jobs.queue import claim_next_job
from jobs.worker import run_job
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_performance,
    make_song,
    make_waiting,
)
from tests.hosts import browser_of, make_host
from tests.people import Browser
from tests.push import PushPhone, PushService, serve_push

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def service(settings: Any) -> Iterator[PushService]:
    with serve_push() as service:
        settings.FETCH_ALSO = [("127.0.0.1", service.port)]
        yield service


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def jam(host: User) -> Jam:
    return make_jam(name="Friday Jam", slug="friday", format=Format.BANDS, hosts=(host,))


def fields(phone: PushPhone, endpoint: str) -> dict[str, Any]:
    return vars(phone.at(endpoint))


def subscribe(attendee: Attendee, phone: PushPhone, endpoint: str, language: str = "en") -> PushSubscription:
    return PushSubscription.objects.create(attendee=attendee, language=language, **fields(phone, endpoint))


def work(after: timedelta = timedelta(0)) -> None:
    """Do what a worker does that looks for a job, so much later."""
    job = claim_next_job("worker", now=timezone.now() + after)
    if job is not None:
        run_job(job)


def call_ana(jam: Jam, host: User, ana: Attendee) -> Seat:
    call_band(jam=jam, seats=f"vocals: {ana.name}", user=host, now=NOW)
    return Seat.objects.latest("pk")


def test_musician_is_called_on_a_locked_phone(jam: Jam, host: User, service: PushService) -> None:
    phone, ana = PushPhone(), Browser(jam, name="Ana", plays=("vocals",))
    assert ana.post("me/push/", **fields(phone, service.endpoint)).status_code == 303
    seat = call_ana(jam, host, ana.attendee)
    work()
    [(_path, _headers, body)] = service.got
    message = phone.read(body)
    assert "Ana" not in str(message)
    assert message.pop("body").startswith("You're up next, about ")
    receipt = message.pop("receipt")
    assert message == {"title": "Friday Jam", "lang": "en", "page": "/jams/friday/"}
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(receipt).status_code == 204
    seat.refresh_from_db()
    assert seat.has_got(NOW)
    assert Job.objects.get().return_value == "accepted"


def test_call_is_told_in_the_language_of_the_page(jam: Jam, host: User, service: PushService) -> None:
    phone, ana = PushPhone(), Browser(jam, name="Ana", plays=("vocals",))
    ana.client.post("/jams/friday/me/push/", fields(phone, service.endpoint), headers={"accept-language": "de"})
    seat = call_ana(jam, host, ana.attendee)
    push_call.call(seat.pk)
    message = phone.read(service.got[0][2])
    assert message["lang"] == "de"
    assert message["body"].startswith("Du bist als Nächstes dran, ")


def test_calls_are_turned_on_once_and_off_again(jam: Jam, service: PushService) -> None:
    phone, ana = PushPhone(), Browser(jam, name="Ana", plays=("vocals",))
    page = unescape(ana.get("").content.decode())
    assert 'id="push" class="button button-quiet" type="button" aria-pressed="false"' in page
    for _ in range(2):
        ana.post("me/push/", **fields(phone, service.endpoint))
    ana.post("me/push/", **fields(phone, f"{service.endpoint}-new"))
    assert PushSubscription.objects.get().endpoint == f"{service.endpoint}-new"
    assert 'aria-pressed="true"' in ana.get("").content.decode()
    ana.post("me/push/off/")
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example/1"},
        {"endpoint": "https://push.example/" + "x" * 1000},
        {"p256dh": "AAAA"},
        {"auth": "AAAA"},
        {"auth": "A" * 33},
    ],
)
def test_odd_address_or_key_is_refused(jam: Jam, wrong: dict[str, str]) -> None:
    ana = Browser(jam, name="Ana", plays=("vocals",))
    sent: dict[str, Any] = {**fields(PushPhone(), "https://push.example/1"), **wrong}
    assert ana.post("me/push/", **sent).status_code == 400
    assert not PushSubscription.objects.exists()


def test_only_musicians_of_an_open_jam_can_ask(jam: Jam) -> None:
    sent = fields(PushPhone(), "https://push.example/1")
    listener, ana = Browser(jam), Browser(jam, name="Ana", plays=("vocals",))
    assert 'id="push"' not in listener.get("").content.decode()
    assert listener.post("me/push/", **sent).status_code == 403
    assert listener.post("me/push/off/").status_code == 403
    jam.status = JamStatus.ENDED
    jam.save()
    assert ana.post("me/push/", **sent).status_code == 409
    assert not PushSubscription.objects.exists()


@pytest.fixture
def song_night(host: User) -> Jam:
    return make_jam(name="Song Night", slug="songs", hosts=(host,))


def sign_up_ana(jam: Jam, service: PushService, title: str = "Valerie") -> tuple[PushPhone, Entry]:
    """Return the phone of Ana, who sings and plays guitar in a song, and the song."""
    phone, entry = PushPhone(), make_entry(jam=jam, song=make_song(title=title))
    ana = make_attendee(jam=jam, name="Ana", plays=["vocals"])
    subscribe(ana, phone, service.endpoint)
    for part in ("vocals", "guitar"):
        make_performance(entry=entry, attendee=ana, part=part)
    return phone, entry


def test_song_on_deck_calls_its_musicians_once(song_night: Jam, host: User, service: PushService) -> None:
    phone, entry = sign_up_ana(song_night, service)
    make_performance(entry=entry, part="bass")  # has not asked to be called
    put_on_deck(jam=song_night, entry=entry, user=host, now=NOW)
    assert Job.objects.count() == 1
    work()
    [(_path, _headers, body)] = service.got
    message = phone.read(body)
    assert message.pop("receipt").startswith("/jams/songs/me/call/delivered/part.")
    assert message == {
        "title": "Song Night", "body": "You're up next: Valerie", "lang": "en", "page": "/jams/songs/",
    }  # fmt: skip


def test_call_for_a_song_tells_how_soon_it_is(song_night: Jam, host: User, service: PushService) -> None:
    for _song in range(2):
        put_on_deck(jam=song_night, entry=make_entry(jam=song_night), user=host, now=NOW)
    phone, entry = sign_up_ana(song_night, service)
    put_on_deck(jam=song_night, entry=entry, user=host, now=NOW + timedelta(seconds=1))
    order_deck(jam=song_night, entry=entry, place=2, user=host, now=NOW)
    assert Job.objects.count() == 1  # another place is no new call
    for place in (3, 2):
        order_deck(jam=song_night, entry=entry, place=place, user=host, now=NOW)
        push_song_call.call(entry.performances.latest("pk").pk)
    told = [phone.read(body)["body"] for _path, _headers, body in service.got]
    assert told == ["Get ready: Valerie is on deck", "Get ready: Valerie is after the next song"]


@pytest.mark.parametrize("reason", ["off deck", "no-show", "calls off", "not open"])
def test_song_that_is_not_to_come_calls_nobody(song_night: Jam, host: User, service: PushService, reason: str) -> None:
    _phone, entry = sign_up_ana(song_night, service)
    put_on_deck(jam=song_night, entry=entry, user=host, now=NOW)
    if reason == "off deck":
        take_off_deck(jam=song_night, entry=entry, user=host, now=NOW)
    elif reason == "no-show":
        entry.performances.update(no_show=True)
    elif reason == "calls off":
        PushSubscription.objects.all().delete()
    else:
        Jam.objects.update(status=JamStatus.SCHEDULED)
    work()
    assert (service.got, Job.objects.get().return_value) == ([], None)


def test_whoever_joins_a_song_on_deck_is_called(song_night: Jam, host: User, service: PushService) -> None:
    entry = make_entry(jam=song_night)
    put_on_deck(jam=song_night, entry=entry, user=host, now=NOW)
    ben = make_attendee(jam=song_night, name="Ben", plays=["bass"])
    subscribe(ben, PushPhone(), service.endpoint)
    add_walk_up(jam=song_night, entry=entry, name="Ben", part="bass", known=True, user=host, now=NOW)
    assert [job.args_kwargs["args"] for job in Job.objects.all()] == [[ben.performances.get().pk]]


def test_musician_of_a_song_list_can_ask_to_be_called(song_night: Jam) -> None:
    assert 'id="push"' in Browser(song_night, name="Ana", plays=("vocals",)).get("").content.decode()


def ask_for_bass(jam: Jam, host: User, service: PushService, **about: Any) -> tuple[PushPhone, Attendee]:
    """Ask Ben, whose phone is called, and Cleo, whose isn't."""
    phone, ben = PushPhone(), make_attendee(jam=jam, name="Ben", plays=["bass"])
    make_attendee(jam=jam, name="Cleo", plays=["bass"])
    subscribe(ben, phone, service.endpoint)
    ask_players(jam=jam, instrument="bass", user=host, now=NOW, **about)
    return phone, ben


def work_off_question() -> None:
    """Do the job that finds the phones, and the one for Ben's."""
    for _job in range(2):
        work()


def test_question_for_a_band_reaches_a_locked_phone(jam: Jam, host: User, service: PushService) -> None:
    band = make_band(jam=jam, people={make_waiting(jam=jam, name="Zora", plays=["vocals"]): "vocals"})
    phone, _ben = ask_for_bass(jam, host, service, band=band.pk)
    work_off_question()
    [(_path, _headers, body)] = service.got
    message = phone.read(body)
    assert message["body"].startswith("Bass for a band, in about ")
    assert "Zora" not in str(message)


def test_question_for_a_song_is_pushed_while_it_is_open(song_night: Jam, host: User, service: PushService) -> None:
    entry = make_entry(jam=song_night, song=make_song(title="Valerie", parts=[{"part": "bass"}]))
    phone, ben = ask_for_bass(song_night, host, service, entry=entry)
    question = Question.objects.get()
    work_off_question()
    assert [phone.read(body)["body"] for _path, _headers, body in service.got] == ["Bass for Valerie?"]
    mine = question.recipients.get(attendee=ben)
    answer_question(jam=song_night, attendee=ben, question=question.pk, says_yes=False, now=NOW)
    assert push_question_to.call(mine.pk) is None
    Recipient.objects.update(answer=Answer.NONE)
    stop_asking(jam=song_night, question=question.pk, user=host, now=NOW)
    assert push_question_to.call(mine.pk) is None
    assert len(service.got) == 1


def test_nobody_is_called_who_did_not_ask(jam: Jam, host: User) -> None:
    call_ana(jam, host, make_waiting(jam=jam, name="Ana", plays=["vocals"]))
    assert not Job.objects.exists()


def test_whoever_joins_a_called_band_is_called(jam: Jam, host: User, service: PushService) -> None:
    band = make_band(jam=jam, people={make_waiting(jam=jam, name="Ana"): "vocals"}, status=BandStatus.CALLED)
    ben = make_waiting(jam=jam, name="Ben", plays=["bass"])
    subscribe(ben, PushPhone(), service.endpoint)
    change_seat(jam=jam, band=band.pk, to="Ben", instrument="bass", user=host, now=NOW)
    assert [job.args_kwargs["args"] for job in Job.objects.all()] == [[ben.seats.get().pk]]


def test_call_that_is_no_news_is_not_sent(jam: Jam, host: User, service: PushService) -> None:
    ana = make_waiting(jam=jam, name="Ana", plays=["vocals"])
    subscribe(ana, PushPhone(), service.endpoint)
    seat = call_ana(jam, host, ana)
    for field in ("seen_at", "delivered_at"):
        Seat.objects.filter(pk=seat.pk).update(**{"seen_at": None, "delivered_at": None, field: NOW})
        assert push_call.call(seat.pk) is None
    Seat.objects.filter(pk=seat.pk).update(delivered_at=NOW - timedelta(minutes=1))
    undo_event(event=jam.events.latest("pk"), user=host, now=NOW)
    assert push_call.call(seat.pk) is None
    assert service.got == []


@pytest.mark.parametrize(("status", "is_kept"), [(201, True), (404, False), (410, False), (403, True)])
def test_phone_that_is_gone_is_forgotten(
    jam: Jam, host: User, service: PushService, status: int, is_kept: bool
) -> None:
    ana = make_waiting(jam=jam, name="Ana", plays=["vocals"])
    subscribe(ana, PushPhone(), service.endpoint)
    seat, service.status = call_ana(jam, host, ana), status
    push_call.call(seat.pk)
    assert len(service.got) == 1
    assert PushSubscription.objects.exists() == is_kept


def test_service_that_is_away_is_tried_three_times(jam: Jam, host: User, service: PushService) -> None:
    ana = make_waiting(jam=jam, name="Ana", plays=["vocals"])
    subscribe(ana, PushPhone(), service.endpoint)
    call_ana(jam, host, ana)
    service.status = 503
    for attempt in range(5):
        work(after=timedelta(hours=attempt))
    assert (Job.objects.get().status, len(service.got)) == ("FAILED", 3)
    assert PushSubscription.objects.exists()


def test_redirect_of_a_push_service_leads_nowhere(jam: Jam, host: User, service: PushService, settings: Any) -> None:
    ana = make_waiting(jam=jam, name="Ana", plays=["vocals"])
    subscribe(ana, PushPhone(), service.endpoint)
    seat = call_ana(jam, host, ana)
    with serve_push() as inner:
        settings.FETCH_ALSO = [*settings.FETCH_ALSO, ("127.0.0.1", inner.port)]
        service.status, service.headers = 307, {"Location": inner.endpoint}
        assert push_call.call(seat.pk) == "refused"
        assert inner.got == []


def test_receipt_counts_for_its_own_call_alone(jam: Jam, host: User) -> None:
    ana = make_waiting(jam=jam, name="Ana", plays=["vocals"])
    seat = call_ana(jam, host, ana)
    address = f"/jams/friday/me/call/delivered/{sign_receipt(CallKind.SEAT, seat.pk, NOW)}/"
    Band.objects.update(called_at=NOW + timedelta(minutes=2))
    assert Client().post(address).status_code == 204
    assert Seat.objects.get(pk=seat.pk).delivered_at is None
    other = make_jam(format=Format.BANDS)
    Band.objects.update(called_at=NOW)
    assert Client().post(address.replace("friday", other.slug)).status_code == 204
    assert Seat.objects.get(pk=seat.pk).delivered_at is None
    assert Client().post(address.replace(":", ":x")).status_code == 404
    assert Client().get(address).status_code == 405
    Client().post(address)
    first = Seat.objects.get(pk=seat.pk).delivered_at
    assert first is not None
    Client().post(address)
    assert Seat.objects.get(pk=seat.pk).delivered_at == first


def test_receipt_is_read_only_as_it_was_signed() -> None:
    at = NOW + timedelta(microseconds=1)
    token = sign_receipt(CallKind.PART, 7, at)
    assert read_receipt(token) == SignedCall(CallKind.PART, 7, at)
    odd = (token[:-1], token.replace("7", "8", 1), token.replace("part", "seat"), "", "part.7.1")
    assert [read_receipt(one) for one in odd] == [None] * 5


@pytest.mark.django_db(transaction=True)
def test_host_sees_who_knows_that_a_song_is_called(song_night: Jam, host: User, service: PushService) -> None:
    """On the locked phone, then seen on the page that the push brings up; Cleo has neither."""
    phone, entry = PushPhone(), make_entry(jam=song_night, song=make_song(title="Valerie"))
    ana, console = Browser(song_night, name="Ana", plays=("vocals",)), browser_of(host)
    subscribe(ana.attendee, phone, service.endpoint)
    for part in ("vocals", "guitar"):
        make_performance(entry=entry, attendee=ana.attendee, part=part)
    make_performance(entry=entry, attendee=make_attendee(jam=song_night, name="Cleo"), part="bass")
    assert "data-unseen=" not in ana.get("").text
    put_on_deck(jam=song_night, entry=entry, user=host, now=NOW)
    assert "Not reached: call Ana, Cleo by voice" in console.get("/host/songs/").text
    work()
    receipt = phone.read(service.got[0][2])["receipt"]
    assert Client(enforce_csrf_checks=True).post(receipt).status_code == 204
    page = console.get("/host/songs/").text
    assert ("on the locked phone" in page, "Not reached: call Ana, Cleo" in page) == (True, True)
    seen = f"/jams/songs/me/call/seen/?call={write_moment(NOW)}"
    assert f'data-unseen="{seen}"' in ana.get("").text
    assert ana.client.post(seen, {"quietly": "1"}).status_code == 204
    assert "data-unseen=" not in ana.get("").text
    page = console.get("/host/songs/").text
    assert ("Not reached: call Cleo by voice" in page, page.count("not seen yet: call by voice")) == (True, 1)
    order_deck_twice(song_night, entry, host)
    assert "data-unseen=" not in ana.get("").text
    take_off_deck(jam=song_night, entry=entry, user=host, now=NOW)
    put_on_deck(jam=song_night, entry=entry, user=host, now=timezone.now() + timedelta(minutes=5))
    assert "data-unseen=" in ana.get("").text
    Client().post(receipt)  # of the call before
    page = console.get("/host/songs/").text
    assert ("on the locked phone" in page, page.count("not seen yet: call by voice")) == (False, 3)


def order_deck_twice(jam: Jam, entry: Entry, host: User) -> None:
    put_on_deck(jam=jam, entry=make_entry(jam=jam), user=host, now=NOW + timedelta(seconds=1))
    for place in (2, 1):
        order_deck(jam=jam, entry=entry, place=place, user=host, now=NOW + timedelta(minutes=1))


def test_song_call_that_was_seen_is_not_sent(song_night: Jam, host: User, service: PushService) -> None:
    _phone, entry = sign_up_ana(song_night, service)
    put_on_deck(jam=song_night, entry=entry, user=host, now=NOW)
    entry.performances.update(seen_at=NOW)
    work()
    assert (service.got, Job.objects.get().return_value) == ([], None)


@pytest.mark.django_db(transaction=True)
def test_host_sees_who_has_read_a_question(song_night: Jam, host: User, service: PushService) -> None:
    entry = make_entry(jam=song_night, song=make_song(title="Valerie", parts=[{"part": "bass"}]))
    ana, console = Browser(song_night, name="Ana", plays=("bass",)), browser_of(host)
    phone, _ben = ask_for_bass(song_night, host, service, entry=entry)
    question = Question.objects.get()
    page = console.get("/host/songs/").text
    assert ("3 asked, no answer yet" in page, "seen by" in page) == (True, False)
    work_off_question()
    Client().post(phone.read(service.got[0][2])["receipt"])
    seen = re.search(r'data-unseen="([^"]+)"', ana.get("").text)
    assert seen
    assert seen[1] == f"/jams/songs/me/call/seen/?question={question.pk}"
    assert ana.client.post(seen[1], {"quietly": "1"}).status_code == 204
    page = console.get("/host/songs/").text
    assert ("seen by 1" in page, "on 1 locked phone" in page) == (True, True)
    assert "data-unseen=" not in ana.get("").text
    answer_question(jam=song_night, attendee=ana.attendee, question=question.pk, says_yes=False, now=NOW)
    page = console.get("/host/songs/").text
    assert ("3 asked, 1 can't now" in page, "seen by" in page) == (True, False)


def test_host_sees_who_was_not_reached_one_song_before_the_change(jam: Jam, host: User) -> None:
    jam.set_songs = 1
    jam.save()
    client, names = browser_of(host), ("Ana", "Ben", "Cleo")
    ana, ben, cleo = (make_waiting(jam=jam, name=name, plays=["vocals"]) for name in names)
    staged = make_band(jam=jam, people={make_waiting(jam=jam, name="Otis"): "drums"}, status=BandStatus.ON_STAGE)
    called = make_band(
        jam=jam, people={ana: "vocals", ben: "bass", cleo: "drums"}, status=BandStatus.CALLED, called_at=NOW
    )
    Seat.objects.filter(band=called, attendee=ana).update(seen_at=NOW)
    Seat.objects.filter(band=called, attendee=ben).update(delivered_at=NOW)
    page = client.get("/host/friday/").content.decode()
    assert "Not reached" not in page
    assert f"on the locked phone {NOW.astimezone(jam.venue.zone):%H:%M}" in page
    make_entry(jam=jam, band=staged)
    assert "Not reached: call Cleo by voice" in client.get("/host/friday/").content.decode()


def test_address_of_a_phone_is_forgotten_on_every_way_out(jam: Jam, host: User) -> None:
    """It goes with the move to another phone, with the musician, with the person and with the jam."""
    endpoint = "https://push.example/1"
    names = ("Move", "Removed", "Forgotten", "Old")
    people = {name: make_waiting(jam=jam, name=name, plays=["bass"]) for name in names}
    for person in people.values():
        subscribe(person, PushPhone(), endpoint)
    code = create_move_code(attendee=people["Move"], now=NOW)
    move_to_device(jam=jam, code=code, browser="new", now=NOW)
    remove_person(jam=jam, name="Removed", user=host, now=NOW)
    forget_attendee(jam=jam, attendee=people["Forgotten"], now=NOW)
    assert [row.attendee_id for row in PushSubscription.objects.all()] == [people["Old"].pk]
    jam.status, jam.starts_at = JamStatus.ENDED, NOW - timedelta(days=40)
    jam.ends_at = NOW - timedelta(days=39)
    jam.save()
    forget_old_jams(now=NOW)
    assert not PushSubscription.objects.exists()


def test_strip_costs_no_query_for_the_phone(jam: Jam, service: PushService, django_assert_num_queries: Any) -> None:
    ana = Browser(jam, name="Ana", plays=("vocals",))
    subscribe(ana.attendee, PushPhone(), service.endpoint)
    ana.get("")
    with django_assert_num_queries(2):
        ana.get("")
