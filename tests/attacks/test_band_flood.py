"""A script that joins with hundreds of names must not stop a night of bands: neither its pages nor its messages."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jams.live.hub import MAX_MESSAGE_BYTES
from jams.models import Attendee, Band, Entry, Format, Jam, PushSubscription, Question, Seat
from jams.selectors.band_proposal import Place, Waiting, propose_band
from jams.selectors.board import MAX_BANDS, read_board
from jams.selectors.calls import MAX_ASKED_PHONES
from jams.services.bands import MAX_SEATS
from jams.tasks import push_question
from jobs.models import Job
from songs.models import Song
from tests.builders import make_jam
from tests.hosts import browser_of, make_host
from tests.people import Browser
from tests.push import PushPhone

NOW = timezone.now()
CROWD = 800  # what an address can bring along in twenty minutes
PLAN = [{"part": "drums"}, {"part": "guitar", "count": 2}, {"part": "bass"}]
MAX_SECONDS = 2.0  # of CPU for a page with so many people on it


def join_all(jam: Jam, number: int, *, plays: str = "guitar") -> list[Attendee]:
    """Put so many musicians on the waiting list at once; the names are as long as names get."""
    people = [
        Attendee(
            jam=jam,
            browser=f"script-{plays}-{one}",
            name=f"{plays} {one} ".ljust(60, "\U0001f3b8"),
            plays=[plays],
            waits_since=NOW - timedelta(minutes=60, seconds=one),
        )
        for one in range(number)
    ]
    for person in people:  # as saving does
        for name in ("name_key", "look_key"):
            field: Any = person._meta.get_field(name)
            field.pre_save(person, add=True)
    return Attendee.objects.bulk_create(people)


def measure(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def test_a_crowd_of_one_instrument_is_not_asked_one_by_one() -> None:
    """The drummer came last: each of the guitarists before was compared with all the others, 1.6 million times."""
    crowd = [
        Waiting(pk=pk, name=f"Guitar {pk}", plays=("guitar",), waits_since=NOW - timedelta(hours=1, seconds=CROWD - pk))
        for pk in range(3 * CROWD)
    ]
    drummer = Waiting(pk=99_999, name="Dana", plays=("drums",), waits_since=NOW)
    plan = [Place("drums"), Place("guitar", count=2)]
    seats: list[str] = []

    def propose() -> None:
        proposal = propose_band([*crowd, drummer], plan, together={}, now=NOW)
        seats.extend(seat.person.name if seat.person else "" for seat in proposal)

    assert measure(propose) < MAX_SECONDS
    assert seats == ["Dana", "Guitar 0", "Guitar 1"]


@pytest.mark.django_db
@pytest.mark.parametrize("form", [Format.BANDS, Format.OPEN_MIC, Format.SONGS])
def test_pages_of_guests_with_a_crowd_are_cheap(form: str) -> None:
    host = make_host()
    jam = make_jam(slug="friday", format=form, stage_plan=PLAN, hosts=(host,))
    join_all(jam, CROWD)
    guest, console = Browser(jam, name="Dana", plays=("drums",)), browser_of(host)
    pages = {
        "board": lambda: read_board(jam.slug, order=1),
        "page": lambda: guest.get(""),
        "strip": lambda: guest.get("me/"),
        "stage": lambda: Client().get("/jams/friday/stage/"),
        "running order": lambda: Client().get("/jams/friday/running-order/"),
        "turn": lambda: guest.client.get("/api/v1/jams/friday/me/turn"),
        "report": lambda: console.get("/host/friday/report/"),
    }
    for page in pages.values():  # templates are compiled once
        page()
    slow = {name: took for name, page in pages.items() if (took := measure(page)) > MAX_SECONDS}
    assert slow == {}


@pytest.mark.django_db
def test_a_question_to_a_crowd_keeps_no_other_call_waiting() -> None:
    """Each call to a push service that does not answer takes 5 s, and there is one worker."""
    host = make_host()
    jam = make_jam(slug="friday", format=Format.BANDS, stage_plan=PLAN, hosts=(host,))
    target = vars(PushPhone().at("https://push.example/"))
    people = join_all(jam, 60)
    PushSubscription.objects.bulk_create(
        [PushSubscription(attendee=person, language="en", **target) for person in people]
    )
    drummer = Browser(jam, name="Dana", plays=("drums",))
    drummer.post("me/push/", **target)
    console = browser_of(host)
    assert console.post("/host/friday/form_band/", {"seats": "drums: Dana"}).status_code == 303
    band = Band.objects.get().pk
    asked = {"band": band, "instrument": "guitar", "seats": ""}
    assert console.post("/host/friday/ask_players/", asked).status_code == 303
    assert push_question.call(Question.objects.get().pk) == MAX_ASKED_PHONES < len(people)
    assert console.post("/host/friday/call_band/", {"band": band, "seen": ""}).status_code == 303
    order = list(Job.objects.due(timezone.now()).values_list("task_path", flat=True))
    assert order.index("jams.tasks.push_call") < order.index("jams.tasks.push_question_to")


@pytest.mark.django_db
def test_a_board_of_huge_acts_fits_a_message() -> None:
    """As many acts as are shown, each as large as it may be, above a queue as long as it may be."""
    jam = make_jam(format=Format.OPEN_MIC, stage_plan=PLAN)
    people = join_all(jam, MAX_BANDS * MAX_SEATS)
    acts = Band.objects.bulk_create(
        [Band(jam=jam, name="\U0001f3b8" * 80, needs="&" * 120, place=number) for number in range(MAX_BANDS)]
    )
    Seat.objects.bulk_create(
        [Seat(band=acts[one % MAX_BANDS], attendee=person, instrument="guitar") for one, person in enumerate(people)]
    )
    songs = Song.objects.bulk_create([Song(title=f"Song {n}".ljust(190, "&"), artist="&" * 190) for n in range(400)])
    Entry.objects.bulk_create([Entry(jam=jam, song=song, created_at=NOW) for song in songs])
    board = read_board(jam.slug, order=1)
    message = board.updates_since(replace(board, places=frozenset(), sections={}))
    assert len(message.encode()) < MAX_MESSAGE_BYTES
    assert len(board.html.encode()) < MAX_MESSAGE_BYTES - 10_000
