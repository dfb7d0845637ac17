"""What a musician's program needs at a jam of bands: when it is my turn, how I wait, my band and my act."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jams.identity.act_codes import derive_act_code
from jams.models import Attendee, Band, BandStatus, Format, Jam, Question
from jams.services.questions import ask_players
from tests.api.test_me import Person
from tests.builders import make_attendee, make_band, make_entry, make_jam, make_song, make_user

pytestmark = pytest.mark.django_db
NOTHING = {
    "waits_since": None, "sits_out": False, "leaves_at": None, "is_new": False,
    "sentence": "", "call": "", "band": None, "place": None, "question": None,
}  # fmt: skip


@pytest.fixture
def jam() -> Jam:
    return make_jam(slug="friday", format=Format.BANDS, starts_at=timezone.now() - timedelta(minutes=10))


@pytest.fixture
def ana(jam: Jam) -> Any:
    person = Person()
    person.send("put", "me", {"name": "Ana", "instruments": ["vocals", "bass"]})
    return person


def test_listener_has_no_turn(jam: Jam) -> None:
    assert Client().get("/api/v1/jams/friday/me/turn").json() == NOTHING


def test_musician_is_told_the_place_with_a_range(ana: Any) -> None:
    told = ana.client.get("/api/v1/jams/friday/me/turn").json()
    assert told["sentence"].startswith("You're number 1 of 1 for vocals, about ")
    place = told["place"]
    assert (place["instrument"], place["place"], place["of"]) == ("vocals", 1, 1)
    assert place["start"]["earliest"] <= place["start"]["likely"] <= place["start"]["latest"]


def test_musician_says_how_they_wait(ana: Any) -> None:
    told = ana.send("patch", "me/turn", {"sits_out": True, "leaves_at": "23:10", "is_new": True, "main": "bass"}).json()
    assert (told["sits_out"], told["is_new"], told["place"]) == (True, True, None)
    assert told["leaves_at"] is not None
    assert Attendee.objects.get().plays == ["bass", "vocals"]
    assert ana.send("patch", "me/turn", {"waits": False, "leaves_at": ""}).json()["waits_since"] is None


@pytest.mark.parametrize("sent", [{"waits": None}, {"turns": 3}, {"leaves_at": "late"}, {"main": "kazoo"}])
def test_what_makes_no_sense_is_refused(ana: Any, sent: dict[str, Any]) -> None:
    before = Attendee.objects.values().get()
    assert ana.send("patch", "me/turn", sent).status_code == 400
    assert Attendee.objects.values().get() == before


def test_musician_sees_the_call_says_so_and_drops_out(
    ana: Any, jam: Jam, django_capture_on_commit_callbacks: Any
) -> None:
    me = Attendee.objects.get()
    band = make_band(jam=jam, people={me: "bass"}, status=BandStatus.CALLED)
    told = ana.client.get("/api/v1/jams/friday/me/turn").json()
    assert (told["band"]["instrument"], told["band"]["status"]) == ("bass", "called")
    assert told["call"].startswith("You're up next, about ")
    ana.send("put", "me/band/seen")
    assert band.seats.get().seen_at is not None
    with django_capture_on_commit_callbacks(execute=True):
        ana.send("delete", "me/band")
    assert ana.client.get("/api/v1/jams/friday/me/turn").json()["band"] is None
    assert Band.objects.get().status == BandStatus.DROPPED


def test_band_on_stage_can_not_be_left(ana: Any, jam: Jam) -> None:
    make_band(jam=jam, people={Attendee.objects.get(): "bass"}, status=BandStatus.ON_STAGE)
    assert ana.send("delete", "me/band").status_code == 409


def test_act_signs_up_and_changes_its_name(jam: Jam, django_capture_on_commit_callbacks: Any) -> None:
    Jam.objects.update(format=Format.OPEN_MIC)
    person = Person()
    person.send("put", "me", {"name": "Ana"})
    for name in ("The Foos", "The Bars"):
        with django_capture_on_commit_callbacks(execute=True):
            person.send("put", "me/act", {"instrument": "vocals", "name": name, "needs": "one mic"})
        told = person.client.get("/api/v1/jams/friday/me/turn").json()
        assert (told["band"]["label"], told["band"]["status"]) == (name, "forming")
    assert Band.objects.values_list("name", "needs").get() == ("The Bars", "one mic")


def test_act_asks_for_a_slot(jam: Jam, django_capture_on_commit_callbacks: Any) -> None:
    Jam.objects.update(format=Format.OPEN_MIC)
    make_band(jam=jam, name="First")
    person = Person()
    person.send("put", "me", {"name": "Ana"})
    wishes = {1: 409, 0: 400, 1000: 400, "3": 400, 3: 200, None: 200}
    for slot, status in wishes.items():
        with django_capture_on_commit_callbacks(execute=True):
            answer = person.send("put", "me/act", {"instrument": "vocals", "slot": slot})
        assert answer.status_code == status
        assert status != 200 or answer.json()["band"]["slot"] == slot


@pytest.mark.parametrize(
    ("method", "path"), [("patch", "turn"), ("put", "act"), ("delete", "band"), ("put", "band/seen")]
)
def test_listener_has_to_join_first(jam: Jam, method: str, path: str) -> None:
    body = {"instrument": "bass"} if path == "act" else {}
    assert Person().send(method, f"me/{path}", body).status_code == 403


def test_writes_need_the_csrf_token(ana: Any) -> None:
    answer = ana.client.patch("/api/v1/jams/friday/me/turn", {"sits_out": True}, content_type="application/json")
    assert (answer.status_code, Attendee.objects.get().sits_out) == (403, False)


def test_guesses_of_act_codes_are_limited_per_program(jam: Jam, ana: Any, settings: Any) -> None:
    Jam.objects.update(format=Format.OPEN_MIC)
    settings.ROOM_CODE_RATE, settings.ROOM_CODE_JAM_RATE = "2/h", "1/h"
    body, stranger = {"code": "22222", "instrument": "bass"}, Person()
    answers = [stranger.send("put", "me/act/join", body).status_code for _guess in range(3)]
    answers += [ana.send("put", "me/act/join", body).status_code for _guess in range(2)]
    assert answers == [403, 403, 429, 404, 429]


def test_program_reads_a_question_says_so_and_answers(
    jam: Jam, ana: Any, django_capture_on_commit_callbacks: Any
) -> None:
    Jam.objects.update(format=Format.SONGS)
    entry, host = make_entry(jam=jam, song=make_song(title="Valerie", parts=[{"part": "bass"}])), make_user()
    with django_capture_on_commit_callbacks(execute=True):
        ask_players(jam=jam, entry=entry, instrument="bass", user=host, now=timezone.now())
    asked = ana.client.get("/api/v1/jams/friday/me/turn").json()["question"]
    question = Question.objects.get().pk
    words = {"id": question, "sentence": "Bass for Valerie?", "instrument": "bass"}
    assert asked == {**words, "is_taken": False, "is_seen": False}
    with django_capture_on_commit_callbacks(execute=True):
        ana.send("put", f"me/questions/{question}/seen")
    assert ana.client.get("/api/v1/jams/friday/me/turn").json()["question"]["is_seen"] is True
    assert ana.send("put", f"me/questions/{question + 1}/answer", {"answer": "yes"}).status_code == 404
    assert ana.send("put", f"me/questions/{question}/answer", {"answer": "perhaps"}).status_code == 400
    with django_capture_on_commit_callbacks(execute=True):
        assert ana.send("put", f"me/questions/{question}/answer", {"answer": "yes"}).status_code == 200
    assert entry.performances.values_list("attendee__name", flat=True).get() == "Ana"
    assert ana.client.get("/api/v1/jams/friday/me/turn").json()["question"] is None
    assert Person().send("put", f"me/questions/{question}/seen").status_code == 403


def test_reading_a_question_is_not_seeing_a_call(jam: Jam, ana: Any) -> None:
    band = make_band(jam=jam, people={Attendee.objects.get(): "vocals"}, status=BandStatus.CALLED)
    ana.send("put", "me/questions/1/seen")
    assert band.seats.get().seen_at is None


def test_program_joins_an_act_with_its_code(jam: Jam, ana: Any, django_capture_on_commit_callbacks: Any) -> None:
    Jam.objects.update(format=Format.OPEN_MIC)
    ben = make_attendee(jam=jam, name="Ben")
    band = make_band(jam=jam, name="Otters", people={ben: "bass"})
    code = derive_act_code(band.pk)
    assert ana.send("put", "me/act/join", {"code": "22222", "instrument": "bass"}).status_code == 404
    with django_capture_on_commit_callbacks(execute=True):
        ana.send("put", "me/act/join", {"code": code, "instrument": "vocals"})
    told = ana.client.get("/api/v1/jams/friday/me/turn").json()["band"]
    assert (told["label"], told["instrument"], told["code"]) == ("Otters", "vocals", code)
