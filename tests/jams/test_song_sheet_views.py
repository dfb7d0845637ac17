import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jams.models import Attendee, Entry, EntryStatus, JamStatus, Performance, SignUps
from tests.builders import make_entry, make_jam, make_performance, make_song
from tests.people import HTMX, Browser

pytestmark = pytest.mark.django_db
NOW = timezone.now()
DRUMS: dict[str, Any] = {"part": "drums"}


def parts() -> list[tuple[str, str]]:
    return list(Performance.objects.order_by("pk").values_list("attendee__name", "part"))


@pytest.mark.django_db(transaction=True)
def test_sign_up_updates_sheet_strip_and_board() -> None:
    entry = make_entry(song=make_song(title="Valerie", parts=[{"part": "drums"}]))
    browser = Browser(entry.jam, name="Dana")
    assert "Needs drums" in browser.get("board/").content.decode()
    answer = browser.say(f"songs/{entry.pk}/sign-up/", **DRUMS)
    assert "You're on drums" in answer
    assert f'data-songs="{entry.pk}"' in answer
    assert "You&#x27;re signed up for Valerie." in answer
    board = browser.get("board/").content.decode()
    assert ("Ready" in board, "<bdi>Dana</bdi> drums" in board) == (True, True)


def test_sign_up_takes_an_instrument_from_the_long_list_or_a_name() -> None:
    entry = make_entry()
    browser = Browser(entry.jam, name="Dana")
    choices: list[dict[str, Any]] = [
        {"more": "violin"},
        {"more": "", "other_part": "Flöten"},
        {"other_part": "glass harp"},
    ]
    for choice in choices:
        browser.post(f"songs/{entry.pk}/sign-up/", part="other", **choice)
    browser.post(f"songs/{entry.pk}/sign-up/", part="bass", more="cello")  # left over from a change of mind
    assert [part for _name, part in parts()] == ["violin", "flute", "other", "bass"]


@pytest.mark.parametrize("name", ["Dana", ""])
@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (EntryStatus.QUEUED, ""),
        (EntryStatus.ON_DECK, ""),
        (EntryStatus.PLAYING, "This song is on stage now."),
        (EntryStatus.PLAYED, "This song has been played."),
    ],
)
def test_sheet_says_where_its_song_is(status: EntryStatus, sentence: str, name: str) -> None:
    times: dict[str, Any] = {"on_deck_at": NOW} if status == EntryStatus.ON_DECK else {"started_at": NOW}
    times |= {"finished_at": NOW} if status == EntryStatus.PLAYED else {}
    entry = make_entry(song=make_song(parts=[{"part": "drums"}]), status=status, **times)
    page = Browser(entry.jam, name=name).get(f"songs/{entry.pk}/mine/", headers=HTMX).content.decode()
    assert re.findall(r'class="notice sheet-news" tabindex="-1">([^<]*)', page) == ([sentence] if sentence else [])
    offers = ("Needs drums" in page, 'name="part"' in page or "Your name at this jam" in page)
    assert offers == ((False, False) if sentence else (True, True))


def test_sheet_of_a_song_that_left_the_list_says_so() -> None:
    entry = make_entry(status=EntryStatus.HIDDEN)
    browser = Browser(entry.jam, name="Dana")
    over_the_page, alone = (browser.get(f"songs/{entry.pk}/mine/", headers=headers) for headers in (HTMX, {}))
    assert (over_the_page.status_code, alone.status_code) == (200, 404)
    assert "This song isn&#x27;t on the set list." in over_the_page.content.decode()
    assert "<form" not in over_the_page.content.decode()


def test_sheet_offers_what_the_song_needs_and_what_i_play_first() -> None:
    needs = [{"part": "guitar"}, {"part": "viola"}]
    entry = make_entry(song=make_song(parts=needs), jam=make_jam(instrument_set="open-mic"))
    browser = Browser(entry.jam, name="Dana", plays=("banjo", "electric-guitar"))
    page = browser.get(f"songs/{entry.pk}/mine/").content.decode()
    assert re.findall(r'id="sheet-part-([a-z-]+)"', page) == [
        *("vocals", "guitar", "electric-guitar", "acoustic-guitar", "cajon", "piano", "viola", "banjo", "ukulele"),
        *("spoken-word", "other"),
    ]
    assert re.findall(r'value="([a-z-]+)"\s+required checked', page) == ["electric-guitar"]
    marked = re.findall(r"<span>([^<]+) <em", page)
    assert marked == ["guitar", "electric guitar", "acoustic guitar", "viola"]
    assert 'value="tenor-sax">tenor sax</option>' in page


def test_drop_out_shows_at_once() -> None:
    entry = make_entry()
    browser = Browser(entry.jam, name="Dana")
    browser.post(f"songs/{entry.pk}/sign-up/", **DRUMS)
    answer = browser.say(f"songs/{entry.pk}/withdraw/", **DRUMS)
    assert ("You play drums" in answer, 'data-songs=""' in answer, parts()) == (False, True, [])


@pytest.mark.parametrize("verb", ["sign-up", "withdraw"])
def test_sign_up_redirects_a_plain_form_to_the_song(verb: str) -> None:
    entry = make_entry()
    response = Browser(entry.jam, name="Dana").post(f"songs/{entry.pk}/{verb}/", **DRUMS)
    assert (response.status_code, response["Location"]) == (303, f"/jams/{entry.jam.slug}/#entry-{entry.pk}")


@pytest.mark.parametrize(
    ("address", "data"), [("sign-up", DRUMS), ("withdraw", DRUMS), ("chords", {"url": "https://x.example"})]
)
@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 403), ("listener", 403), ("musician of another jam", 403), ("one who left", 403)]
)
def test_sign_up_refuses_people_who_are_no_musicians(address: str, data: dict[str, str], who: str, status: int) -> None:
    entry = make_entry()
    browser = Browser(make_jam() if who == "musician of another jam" else entry.jam)
    if who in ("musician of another jam", "one who left"):
        browser.post("me/join/", name="Eve")
    if who == "one who left":
        browser.post("me/leave/")
    client = Client() if who == "stranger" else browser.client
    response = client.post(f"{entry.jam.get_absolute_url()}songs/{entry.pk}/{address}/", data, headers=HTMX)
    entry.refresh_from_db(fields=["chord_url"])
    assert (response.status_code, parts(), entry.chord_url) == (status, [], "")
    assert not entry.jam.attendees.exclude(name="").exists()


def test_drop_out_affects_only_own_parts() -> None:
    dana = make_performance(part="drums")
    eve = Browser(dana.entry.jam, name="Eve")
    ids: dict[str, Any] = {"attendee": dana.attendee_id, "performance": dana.pk, "id": dana.pk}
    assert eve.post(f"songs/{dana.entry_id}/withdraw/", **DRUMS, **ids).status_code == 303
    assert list(Performance.objects.all()) == [dana]


@pytest.mark.parametrize("address", ["sign-up/", "withdraw/", "chords/", "mine/"])
def test_sheet_of_another_jam_or_hidden_song_is_not_found(address: str) -> None:
    browser = Browser(make_jam(), name="Dana")
    elsewhere, hidden = make_entry(), make_entry(jam=browser.jam, status=EntryStatus.HIDDEN)
    act = browser.get if address == "mine/" else browser.post
    answers = [act(f"songs/{entry.pk}/{address}").status_code for entry in (elsewhere, hidden)]
    assert (answers, parts()) == ([404, 404], [])


@pytest.mark.parametrize(
    ("jam", "entry", "data", "status"),
    [
        ({"status": JamStatus.ENDED}, {}, DRUMS, 409),
        ({"sign_ups": SignUps.CLOSED}, {}, DRUMS, 409),
        ({}, {"status": EntryStatus.PLAYING, "started_at": NOW}, DRUMS, 409),
        ({}, {"status": EntryStatus.PLAYED, "started_at": NOW, "finished_at": NOW}, DRUMS, 409),
        ({}, {}, {}, 400),
        ({}, {}, {"part": "kazoo"}, 400),
        ({}, {}, {"part": "other"}, 400),
    ],
)
def test_sign_up_refusal_gives_the_reason(
    jam: dict[str, Any], entry: dict[str, Any], data: dict[str, str], status: int
) -> None:
    song = make_entry(**entry)
    browser = Browser(song.jam, name="Dana")
    for name, value in jam.items():
        setattr(song.jam, name, value)
    song.jam.save()
    response = browser.post(f"songs/{song.pk}/sign-up/", htmx=True, **data)
    assert (response.status_code, parts()) == (status, [])
    assert "toast-refusal" in response.content.decode()


def test_sheet_shows_the_limit_in_advance() -> None:
    jam = make_jam(performing_limit=1)
    first, second = make_entry(jam=jam), make_entry(jam=jam)
    browser = Browser(jam, name="Dana")
    browser.post(f"songs/{first.pk}/sign-up/", **DRUMS)
    sheet = browser.get(f"songs/{second.pk}/mine/", headers=HTMX).content.decode()
    assert ("signed up for 1 song, the limit" in sheet, ">Sign up<" in sheet) == (True, False)
    assert browser.post(f"songs/{second.pk}/sign-up/", htmx=True, **DRUMS).status_code == 409
    Entry.objects.filter(pk=first.pk).update(
        status=EntryStatus.PLAYED, started_at=NOW - timedelta(minutes=4), finished_at=NOW
    )
    assert browser.post(f"songs/{second.pk}/sign-up/", htmx=True, **DRUMS).status_code == 200


def test_sheet_preselects_a_needed_part_i_play() -> None:
    entry = make_entry(song=make_song(parts=[{"part": "bass"}, {"part": "drums"}]))
    browser = Browser(entry.jam, name="Dana", plays=("drums", "guitar"))
    sheet = browser.get(f"songs/{entry.pk}/mine/").content.decode()
    assert re.findall(r'value="(\w+)"\s+required checked', sheet) == ["drums"]
    assert sheet.count('class="needed"') == 2


def test_sheet_asks_a_listener_for_a_name() -> None:
    entry = make_entry()
    browser = Browser(entry.jam)
    sheet = browser.get(f"songs/{entry.pk}/mine/").content.decode()
    assert ('name="entry"' in sheet, ">Sign up<" in sheet) == (True, False)
    assert Attendee.objects.count() == 0


def test_chords_are_set_by_and_shown_to_musicians() -> None:
    entry = make_entry()
    dana, sam = Browser(entry.jam, name="Dana"), Browser(entry.jam, name="Sam")
    assert dana.post(f"songs/{entry.pk}/chords/", htmx=True, url="https://chords.example/v").status_code == 200
    sheet = sam.get(f"songs/{entry.pk}/mine/", headers=HTMX).content.decode()
    assert ("https://chords.example/v" in sheet, "Not checked yet" in sheet) == (True, True)
    assert dana.post(f"songs/{entry.pk}/chords/", htmx=True, url="javascript:alert(1)").status_code == 400


@pytest.mark.parametrize("players", [1, 30])
def test_sheet_takes_a_constant_number_of_queries(players: int, django_assert_num_queries: Any) -> None:
    entry = make_entry()
    browser = Browser(entry.jam, name="Dana")
    for _ in range(players):
        make_performance(entry=entry)
    with django_assert_num_queries(6):  # song, who I am, what I play, who plays (2), chords
        browser.get(f"songs/{entry.pk}/mine/", headers=HTMX)


# -- The queue as I want to see it -------------------------------------------------------------------------


def shown(browser: Browser, query: str) -> list[str]:
    page = browser.get(query).content.decode()
    queue = page[page.index('id="queue"') : page.index('id="played"')]
    rows = re.findall(r'<li id="entry-\d+" class="([^"]+)".*?<h3 class="song-title"><bdi>(\w+)<', queue, re.DOTALL)
    return [title for classes, title in rows if "out" not in classes.split()]


def test_query_string_sorts_and_filters_the_queue() -> None:
    jam = make_jam()
    for title, artist, part in (("Cry", "Ana", "bass"), ("Abba", "Cat", "drums"), ("Bees", "Bob", "bass")):
        entry = make_entry(jam=jam, song=make_song(title=title, artist=artist, parts=[{"part": part}]))
    browser = Browser(jam, name="Dana", plays=("bass",))
    browser.post(f"songs/{entry.pk}/sign-up/", part="vocals")
    assert shown(browser, "?sort=title") == ["Abba", "Bees", "Cry"]
    assert shown(browser, "?sort=artist") == ["Cry", "Bees", "Abba"]
    assert shown(browser, "?mine=1") == ["Bees"]
    assert shown(browser, "?needs=1&sort=title") == ["Bees", "Cry"]
    assert shown(browser, "?sort=nonsense&mine=x") == ["Abba", "Bees", "Cry"]
    assert shown(Browser(jam), "?mine=1&needs=1&sort=artist") == ["Cry", "Bees", "Abba"]


def test_view_form_shows_the_current_choice() -> None:
    browser = Browser(make_jam(), name="Dana")
    page = browser.get("?sort=artist&mine=1").content.decode()
    assert '<option value="artist" selected>' in page
    assert 'name="mine" value="1" checked' in page


# -- Who is up ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": EntryStatus.PLAYING, "started_at": NOW}, "You're on now: Valerie"),
        ({"status": EntryStatus.ON_DECK, "on_deck_at": NOW - timedelta(minutes=3)}, "You're up next: Valerie"),
        (
            {"status": EntryStatus.ON_DECK, "on_deck_at": NOW - timedelta(minutes=1)},
            "Get ready: Valerie is after the next song",
        ),
        ({"status": EntryStatus.ON_DECK, "on_deck_at": NOW}, ""),
        ({}, ""),
    ],
)
def test_stage_call_is_for_performers_of_the_next_two_songs(values: dict[str, Any], words: str) -> None:
    jam = make_jam()
    dana, sam = Browser(jam, name="Dana"), Browser(jam, name="Sam")
    for minutes in (2, 0.5) if values.get("on_deck_at") == NOW else (2,):
        make_entry(jam=jam, status=EntryStatus.ON_DECK, on_deck_at=NOW - timedelta(minutes=minutes))
    mine = make_entry(jam=jam, song=make_song(title="Valerie"), **values)
    make_performance(entry=mine, attendee=dana.attendee)
    pages = [unescape(page.get("").content.decode()) for page in (dana, sam)]
    calls = [re.search(r'id="call"[^>]*?( hidden)?>([^<]*)<', page) for page in pages]
    assert [(bool(call[1]), call[2]) for call in calls if call] == [(not words, words), (True, "")]


@pytest.mark.parametrize(
    ("state", "main", "others"),
    [
        ("ok", "Open chord sheet", ["Search the web for chords"]),
        ("unknown", "Open chord sheet", ["Search the web for chords"]),
        ("broken", "Search the web for chords", ["Try the broken link"]),
    ],
)
def test_main_button_leads_to_chords_that_are_there(state: str, main: str, others: list[str]) -> None:
    song = make_song(chord_url="https://library.example/a", chord_state=state)
    entry = make_entry(song=song)
    page = Browser(entry.jam, name="Dana").get(f"songs/{entry.pk}/mine/", headers=HTMX).content.decode()
    buttons = re.findall(r'<a class="(button[^"]*)"[^>]*target="_blank"[^>]*>([^<]+)<', page)
    assert [text for look, text in buttons if look == "button"] == [main]
    assert [text for look, text in buttons if look != "button"] == others
    assert "the link from the library" in page
