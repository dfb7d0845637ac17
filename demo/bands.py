"""Plays the first half of a band night or an open mic, with the actions of hosts and musicians."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from jams.models import Attendee, Band, Format, Jam
from jams.selectors.bands import read_bands
from jams.services.acts import sign_up_act
from jams.services.bands import call_band, finish_band, start_band

TURN = timedelta(minutes=18)  # with the change-over
ON_STAGE, CALLED = timedelta(minutes=6), timedelta(minutes=2)  # ago
PLAYED = 3  # bands that have played
ACTS = (("The Paper Kites Club", "two mics"), ("", "one mic"), ("Nachtbus", "DI for a keyboard"), ("", "one mic, DI"))


def play_half(jam: Jam, *, host: User, people: Sequence[Attendee], now: datetime) -> None:
    """Let three bands or acts play, put one on stage, and call the next; the rest waits."""
    if jam.format == Format.OPEN_MIC:
        for number, person in enumerate(people):
            name, needs = ACTS[number % len(ACTS)]
            sign_up_act(
                jam=jam,
                attendee=person,
                instrument=person.plays[0],
                name=name if number < len(ACTS) else "",
                needs=needs,
                now=jam.starts_at,
            )
    else:
        _let_wait(jam, people)
    for number in range(PLAYED):
        begin = now - ON_STAGE - (PLAYED - number) * TURN
        band = _call_next(jam, host, begin - CALLED)
        start_band(jam=jam, band=band.pk, user=host, now=begin)
        finish_band(jam=jam, band=band.pk, user=host, now=begin + TURN - timedelta(minutes=4))
    band = _call_next(jam, host, now - ON_STAGE - CALLED)
    start_band(jam=jam, band=band.pk, user=host, now=now - ON_STAGE)
    _call_next(jam, host, now - CALLED)


def _let_wait(jam: Jam, people: Sequence[Attendee]) -> None:
    for number, person in enumerate(people):
        person.jam = jam
        person.waits_since = jam.starts_at + timedelta(minutes=2 * number)
        person.is_new = number % 6 == 0
        person.in_house_band = number == len(people) - 1
        person.save(update_fields=["waits_since", "is_new", "in_house_band"])


def _call_next(jam: Jam, host: User, now: datetime) -> Band:
    board = read_bands(jam, now=now)
    seen = board.last_called.pk if board.last_called else None
    if board.forming:
        call_band(jam=jam, band=board.forming[0].pk, seen=seen, user=host, now=now)
    else:
        call_band(jam=jam, seats=board.proposed_seats, seen=seen, user=host, now=now)
    return jam.bands.exclude(called_at=None).order_by("-called_at", "-pk")[0]  # PostgreSQL puts nulls first
