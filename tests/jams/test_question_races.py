"""A place that somebody was asked to take, while others say yes or the same person leaves."""

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from core.exceptions import Conflict, NotFound
from jams.models import Answer, Attendee, Format, Jam, Question, Recipient, Seat
from jams.services.membership import leave_musicians
from jams.services.questions import answer_question, ask_players
from tests.builders import make_band, make_jam, make_user, make_waiting

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now().replace(microsecond=0)
AT_ONCE = 6
LONG, SHORT = 30, 0.5  # seconds; nobody waits for the long ones to pass


def ask_bassists(number: int) -> tuple[Jam, list[Attendee], int]:
    """Ask so many bassists to join a band; return the jam, the bassists, and the key of the question."""
    jam = make_jam(format=Format.BANDS, stage_plan=[{"part": "vocals"}, {"part": "bass"}])
    band = make_band(jam=jam, people={make_waiting(jam=jam, name="Ana", plays=["vocals"]): "vocals"})
    people = [make_waiting(jam=jam, name=f"Bassist {place}", plays=["bass"]) for place in range(number)]
    ask_players(jam=jam, instrument="bass", band=band.pk, user=make_user(username="hannah"), now=NOW)
    return jam, people, Question.objects.get().pk


def test_of_many_who_say_yes_at_once_one_gets_the_place() -> None:
    (jam, people, question), start = ask_bassists(AT_ONCE), Barrier(AT_ONCE)

    def say_yes(person: Attendee) -> str:
        try:
            start.wait()
            answer_question(jam=jam, attendee=person, question=question, says_yes=True, now=NOW)
        except Conflict as refusal:
            return str(refusal)
        else:
            return "yes"
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        said = sorted(threads.map(say_yes, people))
    assert said == sorted(["yes"] + ["Thank you! Somebody else was faster: bass is taken."] * (AT_ONCE - 1))
    assert sorted(Seat.objects.values_list("instrument", flat=True)) == ["bass", "vocals"]
    assert Recipient.objects.filter(answer=Answer.YES).count() == 1


def test_musician_who_is_leaving_gets_no_seat() -> None:
    jam, [person], question = ask_bassists(1)
    has_left, may_commit = Event(), Event()

    def leave() -> None:
        with transaction.atomic():
            leave_musicians(jam=jam, attendee=person, now=NOW)
            has_left.set()
            assert may_commit.wait(LONG)
        connection.close()

    def say_yes() -> None:
        try:
            assert has_left.wait(LONG)
            answer_question(jam=jam, attendee=person, question=question, says_yes=True, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        leaving, answering = threads.submit(leave), threads.submit(say_yes)
        wait_for([answering], timeout=SHORT)  # it waits for the other, so it is not done by then
        may_commit.set()
        leaving.result(LONG)
        with pytest.raises(NotFound):
            answering.result(LONG)
    assert list(Seat.objects.values_list("attendee__name", flat=True)) == ["Ana"]
