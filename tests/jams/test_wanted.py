"""Who is wanted, as the room, the host and each phone see it."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jams.models import Attendee, Band, BandStatus, Format, Jam, Question
from jams.selectors.board import read_board, read_current_board
from jams.selectors.wanted import describe_wanted, find_question
from jams.services.questions import answer_question, ask_players
from tests.builders import make_band, make_entry, make_jam, make_song, make_waiting
from tests.hosts import browser_of, make_host
from tests.people import Browser

pytestmark = pytest.mark.django_db(transaction=True)
PLAN = [{"part": "vocals"}, {"part": "bass"}]


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def jam(host: User) -> Jam:
    jam = make_jam(slug="friday", format=Format.BANDS, stage_plan=PLAN, hosts=(host,))
    make_band(jam=jam, people={make_waiting(jam=jam, name="Ana", plays=["vocals"]): "vocals"})
    return jam


def ask(jam: Jam, host: User, **about: Any) -> Question:
    about = about or {"band": Band.objects.get().pk}
    ask_players(jam=jam, instrument="bass", user=host, now=timezone.now(), **about)
    return Question.objects.latest("pk")


def show(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def test_phone_is_asked_once_and_answers_with_one_tap(jam: Jam, host: User) -> None:
    ben = Browser(jam, name="Ben", plays=("bass",))
    ask(jam, host)
    page = unescape(ben.get("").content.decode())
    [sentence] = set(re.findall(r"Bass for Ana, in about \d+ minutes\?", page))
    assert f'data-call="{sentence}"' in page
    page = unescape(ben.say("me/answer/", question=str(Question.objects.get().pk), answer="yes"))
    assert "The host knows you'll play." in page
    assert "Bass for Ana" not in page
    assert "You play about" in page


def test_others_read_that_the_place_is_taken_and_put_it_away(jam: Jam, host: User) -> None:
    ben, cleo = (Browser(jam, name=name, plays=("bass",)) for name in ("Ben", "Cleo"))
    question = ask(jam, host)
    ben.post("me/answer/", question=question.pk, answer="yes")
    refused = cleo.post("me/answer/", question=question.pk, answer="yes")
    assert refused.status_code == 409
    assert "Somebody else was faster: bass is taken." in unescape(refused.content.decode())
    assert "Bass for Ana, Ben is taken. Thank you!" in cleo.get("").content.decode()
    cleo.post("me/answer/", question=question.pk, answer="not_now")
    assert "is taken" not in cleo.get("").content.decode()


@pytest.mark.parametrize(
    ("question", "answer", "status"), [("x", "yes", 400), ("", "yes", 400), ("0", "perhaps", 400), ("0", "yes", 404)]
)
def test_odd_answer_is_refused(jam: Jam, question: str, answer: str, status: int) -> None:
    ben = Browser(jam, name="Ben", plays=("bass",))
    assert ben.post("me/answer/", question=question, answer=answer).status_code == status


def test_listener_and_stranger_are_not_asked(jam: Jam, host: User) -> None:
    listener = Browser(jam)
    question = ask(jam, host)
    assert "me/answer/" not in listener.get("").content.decode()
    assert listener.post("me/answer/", question=question.pk, answer="yes").status_code == 403


def test_screens_say_who_is_wanted_until_somebody_is_found(jam: Jam, host: User) -> None:
    ben = Browser(jam, name="Ben", plays=("bass",))
    client = Client()
    assert "Wanted" not in show(client, "/jams/friday/stage/")
    question = ask(jam, host)
    assert "Wanted: bass" in show(client, "/jams/friday/stage/")
    assert "Wanted: bass" in show(client, "/jams/friday/")
    ben.post("me/answer/", question=question.pk, answer="yes")
    assert "Wanted" not in show(client, "/jams/friday/stage/") + show(client, "/jams/friday/")


def test_same_instrument_twice_is_counted_for_the_room(jam: Jam, host: User) -> None:
    for number in range(2):
        singer = make_waiting(jam=jam, name=f"Singer {number}", plays=["vocals"])
        ask(jam, host, band=make_band(jam=jam, people={singer: "vocals"}).pk)
    assert describe_wanted(read_current_board(jam.slug).wanted) == "Wanted: 2 basses"


def test_question_that_has_lapsed_is_shown_to_nobody(jam: Jam, host: User) -> None:
    ben = make_waiting(jam=jam, name="Ben", plays=["bass"])
    ask(jam, host)
    assert find_question(read_current_board(jam.slug).wanted, ben.pk) is not None
    band = Band.objects.select_related("jam").get()
    cleo = make_waiting(jam=jam, name="Cleo", plays=["bass"])
    band.seats.create(band=band, attendee=cleo, instrument="bass")
    assert read_board(jam.slug, order=1).wanted == ()
    band.seats.filter(attendee=cleo).delete()
    band.status, band.started_at = BandStatus.ON_STAGE, timezone.now()
    band.save()
    assert read_board(jam.slug, order=1).wanted == ()


def test_board_costs_more_only_while_somebody_is_wanted(jam: Jam, host: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(5):
        read_board(jam.slug, order=1)
    for number in range(20):
        make_waiting(jam=jam, name=f"Bassist {number}", plays=["bass"])
    ask(jam, host)
    with django_assert_num_queries(7):
        read_board(jam.slug, order=1)


def test_host_asks_with_one_tap_and_sees_the_answers(jam: Jam, host: User) -> None:
    ben, _cleo = (Browser(jam, name=name, plays=("bass",)) for name in ("Ben", "Cleo"))
    client = browser_of(host)
    assert "Ask for bass" in show(client, "/host/friday/")
    sent = {"instrument": "bass", "band": Band.objects.get().pk}
    assert client.post("/host/friday/ask_players/", sent).status_code == 303
    assert "2 asked, no answer yet" in show(client, "/host/friday/")
    ben.post("me/answer/", question=Question.objects.get().pk, answer="not_now")
    page = show(client, "/host/friday/")
    assert "2 asked, 1 can't now" in page
    assert client.post("/host/friday/stop_asking/", {"question": Question.objects.get().pk}).status_code == 303
    assert "Ask for bass" in show(client, "/host/friday/")


def test_house_band_is_proposed_while_nobody_has_said_yes(jam: Jam, host: User) -> None:
    make_waiting(jam=jam, name="Walter", plays=["bass"], browser=None, waits_since=None, in_house_band=True)
    make_waiting(jam=jam, name="Out", plays=["bass"], waits_since=None, in_house_band=True, sits_out=True)
    client = browser_of(host)
    ask(jam, host)
    page = show(client, "/host/friday/")
    assert "nobody who is free plays this; the stage screen is asking" in page
    assert "House band: Walter" in page
    assert "House band: Out" not in page
    client.post("/host/friday/change_seat/", {"band": Band.objects.get().pk, "to": "Walter", "instrument": "bass"})
    assert "House band: Walter" not in show(client, "/host/friday/")
    assert Attendee.objects.get(name="Walter").seats.get().instrument == "bass"


def test_host_asks_from_the_empty_place_of_a_proposal(jam: Jam, host: User) -> None:
    Band.objects.all().delete()
    client = browser_of(host)
    page = show(client, "/host/friday/")
    forms = re.findall(r'action="/host/friday/ask_players/"(.*?)</form>', page, re.DOTALL)
    [sent] = [dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)) for form in forms]
    sent.pop("csrfmiddlewaretoken")
    assert sent == {"instrument": "bass", "seats": "vocals: Ana"}
    client.post("/host/friday/ask_players/", sent)
    assert Question.objects.get().band_id == Band.objects.get().pk


def test_song_list_asks_for_its_next_song(host: User) -> None:
    jam = make_jam(slug="friday", hosts=(host,))
    entry = make_entry(jam=jam, song=make_song(title="Valerie", parts=[{"part": "bass"}]))
    ben = Browser(jam, name="Ben", plays=("bass",))
    client = browser_of(host)
    assert "Ask for bass" in show(client, "/host/friday/")
    assert client.post("/host/friday/ask_players/", {"instrument": "bass", "entry": entry.pk}).status_code == 303
    assert "Bass for Valerie?" in ben.get("").content.decode()
    ben.post("me/answer/", question=Question.objects.get().pk, answer="yes")
    assert "You're in" in unescape(ben.get("").content.decode())
    assert entry.performances.get().part == "bass"


def test_taken_place_is_told_first_when_nothing_else_is_asked(jam: Jam, host: User) -> None:
    ben, cleo = (make_waiting(jam=jam, name=name, plays=["bass"]) for name in ("Ben", "Cleo"))
    taken = ask(jam, host)
    answer_question(jam=jam, attendee=ben, question=taken.pk, says_yes=True, now=timezone.now())
    found = find_question(read_board(jam.slug, order=1).wanted, cleo.pk)
    assert found is not None
    assert (found.pk, found.is_taken) == (taken.pk, True)
    dora = make_waiting(jam=jam, name="Dora", plays=["vocals"])
    fresh = ask(jam, host, band=make_band(jam=jam, people={dora: "vocals"}).pk)
    found = find_question(read_board(jam.slug, order=1).wanted, cleo.pk)
    assert found is not None
    assert found.pk == fresh.pk
