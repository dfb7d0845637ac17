"""The host console over HTTP, tried by anonymous, stranger, another host and a musician, and by the host."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jams.models import (
    Attendee,
    Band,
    BandStatus,
    Entry,
    EntryStatus,
    Event,
    Format,
    Jam,
    JamStatus,
    Performance,
    Question,
    Recipient,
    Seat,
)
from jams.services.host_actions import HOST_ACTIONS
from jams.services.jam_status import end_jam
from jams.services.set_list import put_on_deck
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_performance,
    make_song,
    make_user,
    make_vote,
    make_waiting,
)
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}

#: Every tap: the address below /host/<slug>/, what is sent along, and the verb of the event that it leaves.
TAPS: list[tuple[str, dict[str, str], str]] = [
    ("pause_jam/", {}, "pause_jam"),
    ("announce_last_call/", {}, "announce_last_call"),
    ("end_jam/", {}, "end_jam"),
    ("songs/{queued}/start_song/", {"seen": "{playing}"}, "start_song"),
    ("songs/{playing}/finish_song/", {}, "finish_song"),
    ("songs/{queued}/skip_song/", {}, "skip_song"),
    ("queue_song/", {"title": "Secret New", "artist": "Secret Band"}, "queue_song"),
    ("songs/{queued}/put_on_deck/", {}, "put_on_deck"),
    ("songs/{deck}/take_off_deck/", {}, "take_off_deck"),
    ("songs/{second}/order_deck/", {"place": "1"}, "order_deck"),
    ("songs/{queued}/hide_song/", {}, "hide_song"),
    ("songs/{suggested}/approve_song/", {}, "approve_song"),
    ("songs/{hidden}/bring_song_back/", {}, "bring_song_back"),
    ("songs/{queued}/mark_no_show/", {"name": "Secret Sam"}, "mark_no_show"),
    ("songs/{queued}/mark_turned_up/", {"name": "Secret Late"}, "mark_turned_up"),
    ("add_walk_up/", {"entry": "{queued}", "name": "Walter", "part": "bass"}, "add_walk_up"),
    ("rename_person/", {"name": "Secret Sam", "to": "Sam"}, "rename_person"),
    ("merge_person/", {"name": "Secret Typed", "to": "Secret Sam"}, "merge_person"),
    ("remove_person/", {"name": "Secret Sam"}, "remove_person"),
    ("set_voting/", {"voting": "closed"}, "set_voting"),
    ("set_sign_ups/", {"sign_ups": "closed"}, "set_sign_ups"),
    ("set_suggestions/", {"suggestions": "off"}, "set_suggestions"),
    ("set_performing_limit/", {"performing_limit": "5"}, "set_performing_limit"),
    ("set_musicians_edit_chords/", {"musicians_edit_chords": "no"}, "set_musicians_edit_chords"),
    ("set_format/", {"format": "bands"}, "set_format"),
    ("set_set_songs/", {"set_songs": "2"}, "set_set_songs"),
    ("set_set_minutes/", {"set_minutes": "15"}, "set_set_minutes"),
    ("shorten_sets/", {"songs": "2"}, "shorten_sets"),
    ("set_changeover_minutes/", {"changeover_minutes": "3"}, "set_changeover_minutes"),
    ("set_hard_stop_at/", {"hard_stop_at": "23:30"}, "set_hard_stop_at"),
    ("set_stage_plan/", {"stage_plan": "vocals, 2 guitars"}, "set_stage_plan"),
    ("set_everyone_once_first/", {"everyone_once_first": "no"}, "set_everyone_once_first"),
    ("set_recap_public/", {"recap_public": "yes"}, "set_recap_public"),
    ("add_person/", {"name": "Walter", "plays": "bass, vocals"}, "add_person"),
    ("start_waiting/", {"name": "Secret Sam"}, "start_waiting"),
    ("stop_waiting/", {"name": "Secret Wim"}, "stop_waiting"),
    ("sit_out/", {"name": "Secret Wim"}, "sit_out"),
    ("come_back/", {"name": "Secret Out"}, "come_back"),
    ("set_leaving/", {"name": "Secret Wim", "leaves_at": "22:30"}, "set_leaving"),
    ("set_first_time/", {"name": "Secret Wim", "is_new": "yes"}, "set_first_time"),
    ("set_house_band/", {"name": "Secret Wim", "in_house_band": "yes"}, "set_house_band"),
    ("set_plays/", {"name": "Secret Wim", "plays": "keys"}, "set_plays"),
    ("form_band/", {"seats": "bass: Secret Sam"}, "form_band"),
    ("change_seat/", {"band": "{forming}", "to": "Secret Sam", "instrument": "bass"}, "change_seat"),
    ("call_band/", {"band": "{forming}", "seen": ""}, "call_band"),
    ("start_band/", {"band": "{forming}", "seen": "{staged}"}, "start_band"),
    ("finish_band/", {"band": "{staged}"}, "finish_band"),
    ("drop_band/", {"band": "{forming}"}, "drop_band"),
    ("order_band/", {"band": "{other}", "place": "1"}, "order_band"),
    ("shuffle_bands/", {}, "shuffle_bands"),
    ("rename_band/", {"band": "{forming}", "name": "The Foos"}, "rename_band"),
    ("mark_missing/", {"band": "{staged}", "name": "Secret Wim"}, "mark_missing"),
    ("mark_present/", {"band": "{staged}", "name": "Secret Out"}, "mark_present"),
    ("ask_players/", {"instrument": "drums", "seats": "bass: Secret Sam"}, "ask_players"),
    ("stop_asking/", {"question": "{question}"}, "stop_asking"),
    ("set_room_code/", {"wanted": "yes"}, "set_room_code"),
    ("renew_stage_link/", {}, "renew_stage_link"),
    ("undo/{event}/", {}, "undo"),
]
PAGES = ["", "live/", "report/", "report.csv"]
of_taps = pytest.mark.parametrize(("path", "sent", "verb"), TAPS, ids=[f"{path} {sent}" for path, sent, _ in TAPS])


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def night(host: User) -> dict[str, Any]:
    """A jam with a song in every state; every name of it says "Secret"."""
    now = timezone.now()
    jam = make_jam(name="Secret Jam", slug="friday", hosts=(host,), format=Format.MIXED)

    def entry(status: EntryStatus, **values: Any) -> Entry:
        return make_entry(jam=jam, status=status, song=make_song(title=f"Secret {status}"), **values)

    rows: dict[str, Any] = {
        "queued": entry(EntryStatus.QUEUED),
        "deck": entry(EntryStatus.ON_DECK, on_deck_at=now),
        "second": entry(EntryStatus.ON_DECK, on_deck_at=now + timedelta(seconds=1)),
        "playing": entry(EntryStatus.PLAYING, started_at=now),
        "suggested": entry(EntryStatus.SUGGESTED),
        "hidden": entry(EntryStatus.HIDDEN),
    }
    make_performance(entry=rows["queued"], attendee=make_attendee(jam=jam, name="Secret Sam", plays=["bass"]))
    late = make_attendee(jam=jam, name="Secret Late")
    make_performance(entry=rows["queued"], attendee=late, no_show=True, part="keys")
    make_attendee(jam=jam, name="Secret Typed", browser=None)
    wim, out = (make_waiting(jam=jam, name=f"Secret {name}", sits_out=name == "Out") for name in ("Wim", "Out"))
    rows["staged"] = make_band(jam=jam, people={wim: "guitar", out: "bass"}, status=BandStatus.ON_STAGE)
    out.seats.update(no_show=True)
    rows["forming"], rows["other"] = (make_band(jam=jam, name=f"Secret {number}", place=number) for number in (1, 2))
    rows["question"] = Question.objects.create(jam=jam, entry=rows["queued"], instrument="drums")
    event = put_on_deck(jam=jam, entry=entry(EntryStatus.QUEUED), user=host, now=now)
    assert event is not None
    return {"jam": jam, "event": event, **rows}


def tap(client: Client, night: dict[str, Any], path: str, sent: dict[str, str], **extra: Any) -> Any:
    pks = {name: row.pk for name, row in night.items()}
    values = {key: value.format(**pks) for key, value in sent.items()}
    return client.post(f"/host/{night['jam'].slug}/{path.format(**pks)}", values, **extra)


def state() -> list[Any]:
    """All that a tap could change."""
    models = (Jam, Entry, Attendee, Performance, Band, Seat, Question, Recipient, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.fixture(params=["anonymous", "stranger", "other host", "musician"])
def outsider(request: pytest.FixtureRequest, night: dict[str, Any]) -> tuple[str, Client]:
    """Somebody who does not run the jam, with the browser that they use."""
    client = Client()
    if request.param == "stranger":
        client.force_login(make_user())
    if request.param == "other host":
        other = make_host()
        make_jam(hosts=(other,))
        client.force_login(other)
    if request.param == "musician":
        client.get(night["jam"].get_absolute_url())
        client.post(f"{night['jam'].get_absolute_url()}me/join/", {"name": "Mia"})
    return request.param, client


@of_taps
def test_action_by_another_user_is_refused(
    outsider: tuple[str, Client], night: dict[str, Any], path: str, sent: dict[str, str], verb: str
) -> None:
    who, client = outsider
    before = state()
    response = tap(client, night, path, sent)
    logged_in = who in ("stranger", "other host")
    assert response.status_code == (404 if logged_in else 302)
    assert state() == before
    assert b"Secret" not in response.content


@pytest.mark.parametrize("path", PAGES)
def test_host_pages_are_hidden_from_other_users(outsider: tuple[str, Client], night: dict[str, Any], path: str) -> None:
    who, client = outsider
    response = client.get(f"/host/friday/{path}")
    assert response.status_code == (404 if who in ("stranger", "other host") else 302)
    assert b"Secret" not in response.content


def test_another_hosts_jam_looks_like_a_missing_one(night: dict[str, Any]) -> None:
    client = browser_of(make_host())
    answers = [client.get(f"/host/{slug}/") for slug in ("friday", "nowhere")]
    assert [answer.status_code for answer in answers] == [404, 404]
    mine, none = (re.sub(r"friday|nowhere|[0-9a-f]{16}", "", answer.text) for answer in answers)  # each has its number
    assert mine == none


def test_login_redirects_back_to_the_console(client: Client, night: dict[str, Any]) -> None:
    assert client.get("/host/friday/report/")["Location"] == "/admin/login/?next=/host/friday/report/"
    assert client.post("/host/friday/end_jam/")["Location"] == "/admin/login/?next=/host/friday/"
    by_htmx = client.post("/host/friday/end_jam/", headers=HTMX)
    assert by_htmx["HX-Redirect"] == "/admin/login/?next=/host/friday/"


@of_taps
def test_action_records_an_event_and_returns_the_console(
    host: User, night: dict[str, Any], path: str, sent: dict[str, str], verb: str
) -> None:
    response = tap(browser_of(host), night, path, sent, headers=HTMX)
    event = Event.objects.latest("pk")
    assert (response.status_code, event.verb, event.user_id) == (200, verb, host.pk)
    assert 'id="host-live"' in response.text
    is_final = verb == "undo" or HOST_ACTIONS[verb].undo is None
    assert ('class="button button-quiet toast-act"' in response.text) == (not is_final)
    assert response.text.count("toast-icon") == 1


@of_taps
def test_action_without_javascript_redirects_to_the_console(
    host: User, night: dict[str, Any], path: str, sent: dict[str, str], verb: str
) -> None:
    response = tap(browser_of(host), night, path, sent)
    assert (response.status_code, response.url) == (303, "/host/friday/")
    assert Event.objects.latest("pk").verb == verb


@of_taps
def test_action_needs_post(host: User, night: dict[str, Any], path: str, sent: dict[str, str], verb: str) -> None:
    pks = {name: row.pk for name, row in night.items()}
    assert browser_of(host).get(f"/host/friday/{path.format(**pks)}").status_code == 405


@of_taps
def test_action_needs_the_csrf_token(
    host: User, night: dict[str, Any], path: str, sent: dict[str, str], verb: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(host)
    before = state()
    assert tap(client, night, path, sent).status_code == 403
    assert state() == before


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("songs/{queued}/start_song/", {"seen": ""}, 409),
        ("songs/{queued}/start_song/", {"seen": "x"}, 400),
        ("songs/{deck}/order_deck/", {}, 400),
        ("songs/{playing}/skip_song/", {"seen": ""}, 409),
        ("queue_song/", {"title": "Jolene"}, 400),
        ("queue_song/", {"song": "0"}, 404),
        ("songs/{queued}/finish_song/", {}, 409),
        ("songs/999999999999999999999999/finish_song/", {}, 404),
        ("songs/{queued}/mark_no_show/", {"name": "Nobody"}, 404),
        ("add_walk_up/", {"name": "W", "part": "bass"}, 400),
        ("add_walk_up/", {"entry": "٣", "name": "W", "part": "bass"}, 400),
        ("set_performing_limit/", {}, 400),
        ("set_voting/", {"voting": "nobody"}, 400),
        ("undo/0/", {}, 404),
        ("open_jam/", {}, 200),
    ],
)
def test_invalid_arguments_are_refused_with_a_sentence(
    host: User, night: dict[str, Any], path: str, sent: dict[str, str], status: int
) -> None:
    before = state()
    response = tap(browser_of(host), night, path, sent, headers=HTMX)
    assert response.status_code == status
    assert response.text.count("toast-icon") == 1
    assert state() == before


def test_entry_of_another_jam_is_not_found(host: User, night: dict[str, Any]) -> None:
    foreign = make_entry()
    response = browser_of(host).post(f"/host/friday/songs/{foreign.pk}/skip_song/")
    foreign.refresh_from_db()
    assert (response.status_code, foreign.status) == (404, "queued")


def test_event_of_another_jam_is_not_found(host: User, night: dict[str, Any]) -> None:
    foreign = make_entry()
    event = put_on_deck(jam=foreign.jam, entry=foreign, user=host, now=timezone.now())
    assert event is not None
    assert browser_of(host).post(f"/host/friday/undo/{event.pk}/").status_code == 404


@pytest.mark.parametrize("songs", [1, 30])
def test_console_takes_nine_queries_at_any_length(host: User, songs: int, django_assert_num_queries: Any) -> None:
    jam = make_jam(hosts=(host,))
    for _ in range(songs):
        vote = make_vote(entry=make_entry(jam=jam))
        make_performance(entry=vote.entry)
        put_on_deck(jam=jam, entry=make_entry(jam=jam), user=host, now=timezone.now())
    client = browser_of(host)
    with django_assert_num_queries(9):
        client.get(f"/host/{jam.slug}/")


def test_console_of_an_ended_jam_offers_only_undo_and_reopen(host: User, night: dict[str, Any]) -> None:
    end_jam(jam=night["jam"], user=host, now=timezone.now())
    page = browser_of(host).get("/host/friday/").text
    assert re.findall(r'formaction="/host/friday/(\w+)/', page) == ["undo", "reopen_jam"]
    assert "This jam has ended" in page


def test_reopen_is_not_offered_once_the_names_are_deleted(host: User) -> None:
    jam = make_jam(hosts=(host,), status=JamStatus.ENDED, forgotten_at=timezone.now())
    assert "/reopen_jam/" not in browser_of(host).get(f"/host/{jam.slug}/").text


def test_console_is_not_cached(host: User, night: dict[str, Any]) -> None:
    assert "private" in browser_of(host).get("/host/friday/")["Cache-Control"]


def test_jam_page_links_only_its_host_to_the_console(host: User, night: dict[str, Any]) -> None:
    page = night["jam"].get_absolute_url()
    browsers = [browser_of(host), browser_of(make_host()), Client()]
    assert ["/host/friday/" in browser.get(page).text for browser in browsers] == [True, False, False]


def test_admin_links_to_the_console(host: User, night: dict[str, Any]) -> None:
    assert "/host/friday/" in browser_of(host).get(f"/admin/jams/jam/{night['jam'].pk}/change/").text


def test_start_is_not_offered_before_the_jam_is_open(host: User) -> None:
    jam = make_jam(hosts=(host,), status=JamStatus.SCHEDULED)
    make_entry(jam=jam)
    assert "/start_song/" not in browser_of(host).get(f"/host/{jam.slug}/").text


def test_host_who_searches_takes_no_newcomers_place(settings: Settings) -> None:
    """Everybody in a bar shares one address, and so do its hosts."""
    settings.NEWCOMER_RATE = "1/10m"
    host = make_host()
    entry = make_entry(jam=make_jam(hosts=(host,)))
    browser = browser_of(host)
    assert [browser.get(f"/host/{entry.jam.slug}/find/?q=creep").status_code for _ in range(3)] == [200] * 3
    assert Client().put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/").status_code == 200
