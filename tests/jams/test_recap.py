"""The public recap of a night: there when a host says so, and without those who have left or were forgotten."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jams.models import EntryStatus, Event, Jam, JamStatus
from jams.services.privacy import forget_attendee, forget_old_jams
from tests.builders import make_attendee, make_band, make_entry, make_jam, make_performance, make_song, make_vote
from tests.hosts import browser_of, make_host

pytestmark = [pytest.mark.django_db, pytest.mark.cache]

COMMITTED = pytest.mark.django_db(transaction=True)  # what a commit invalidates
NOW = timezone.now()
PAGE = "/jams/friday/recap/"
SWITCH = "/host/friday/set_recap_public/"


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def night(host: User) -> Jam:
    """A night of last month that has a public recap: Dana and Otis played Creep."""
    starts = NOW - timedelta(days=40)
    times: dict[str, Any] = {"starts_at": starts, "status": JamStatus.ENDED}
    jam = make_jam(slug="friday", name="Friday Jam", hosts=(host,), recap_public=True, **times)
    played: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": starts, "finished_at": starts}
    creep = make_entry(jam=jam, song=make_song(title="Creep", artist="Radiohead"), **played)
    for name, part in (("Dana", "vocals"), ("Otis", "drums")):
        make_performance(entry=creep, attendee=make_attendee(jam=jam, name=name), part=part)
    make_performance(entry=creep, attendee=jam.attendees.get(name="Otis"), part="vocals")  # and sings
    make_performance(entry=creep, attendee=make_attendee(jam=jam, name="Nobody"), part="bass", no_show=True)
    make_entry(jam=jam, song=make_song(title="Hidden one"), status=EntryStatus.HIDDEN)
    make_vote(entry=make_entry(jam=jam, song=make_song(title="Not played")))
    return jam


def shown() -> str:
    response = Client().get(PAGE)
    return " ".join(response.text.split()) if response.status_code == 200 else ""


def names(page: str) -> list[str]:
    return [name for name in ("Dana", "Otis", "Nobody", "Musician 1", "Sam", "The Act") if f">{name}<" in page]


def test_recap_shows_what_was_played_and_by_whom(night: Jam) -> None:
    page = shown()
    assert "<bdi>Creep</bdi>" in page
    assert [word for word in ("Hidden one", "Not played", "Nobody") if word in page] == []
    assert names(page) == ["Dana", "Otis"]
    assert '<meta name="robots" content="noindex">' in page
    assert "<dt>Musicians on stage</dt><dd>2</dd>" in page


@COMMITTED
def test_recap_is_there_only_while_a_host_shares_it(night: Jam, host: User) -> None:
    browser, guest = browser_of(host), Client()
    link, found = f'href="{PAGE}"', []
    for wanted in ("no", "yes", "no"):
        response = browser.post(SWITCH, {"recap_public": wanted, "back": "report"})
        assert response["Location"] == "/host/friday/report/"
        report = browser.get("/host/friday/report/").text
        seen = guest.get(PAGE).status_code, link in guest.get("/jams/friday/").text, link in report
        found.append((*seen, "Share it with everybody" in report))
    assert found == [(404, False, False, True), (200, True, True, False), (404, False, False, True)]
    assert list(Event.objects.values_list("verb", flat=True)) == ["set_recap_public"] * 3
    undo = Event.objects.earliest("pk")
    assert browser.post(f"/host/friday/undo/{undo.pk}/").status_code == 303
    assert Client().get(PAGE).status_code == 200


@pytest.mark.parametrize("status", [status for status in JamStatus if status != JamStatus.ENDED])
def test_recap_waits_for_the_end_of_the_night(night: Jam, status: JamStatus) -> None:
    Jam.objects.filter(pk=night.pk).update(status=status)
    assert (Client().get(PAGE).status_code, PAGE in Client().get("/jams/friday/").text) == (404, False)


def test_recap_of_a_new_night_is_not_shared(host: User, night: Jam) -> None:
    browser = browser_of(host)
    form = browser.get("/host/friday/copy/").context["form"]
    sent = {name: form[name].value() for name in ("name", "venue", "songs_from")}
    times = {name: form[name].value().strftime("%Y-%m-%dT%H:%M") for name in ("starts_at", "ends_at")}
    browser.post("/host/friday/copy/", {**sent, **times})
    assert list(Jam.objects.exclude(pk=night.pk).values_list("recap_public", flat=True)) == [False]


@COMMITTED
def test_recap_does_not_name_who_has_left_or_was_forgotten(night: Jam) -> None:
    assert names(shown()) == ["Dana", "Otis"]
    otis = night.attendees.get(name="Otis")
    forget_attendee(jam=night, attendee=otis, now=NOW)
    page = shown()
    assert (names(page), "and 1 other" in page) == (["Dana"], True)
    dana = night.attendees.get(name="Dana")
    dana.jam, dana.left_at = night, NOW
    dana.save()
    page = shown()
    assert (names(page), "2 musicians" in page) == ([], True)


@COMMITTED
def test_recap_names_nobody_once_the_names_are_deleted(night: Jam) -> None:
    assert names(shown()) == ["Dana", "Otis"]
    assert forget_old_jams(now=NOW) == 1
    page = shown()
    assert (names(page), "2 musicians" in page, "<bdi>Creep</bdi>" in page) == ([], True, True)


@COMMITTED
def test_recap_of_bands_names_an_act_with_its_people(night: Jam) -> None:
    Jam.objects.filter(pk=night.pk).update(format="bands")
    sam = make_attendee(jam=night, name="Sam")
    played: dict[str, Any] = {"status": "played", "started_at": NOW, "finished_at": NOW}
    make_band(jam=night, name="The Act", people={sam: "bass"}, **played)
    assert names(shown()) == ["Dana", "Otis", "Sam", "The Act"]
    sam.left_at = NOW
    sam.save()
    assert names(shown()) == ["Dana", "Otis"]


@pytest.mark.parametrize(("format", "queries"), [("songs", 4), ("bands", 7)])
@pytest.mark.parametrize("rows", [1, 30])
def test_recap_costs_the_same_for_many_songs_and_bands(
    night: Jam,
    format: str,  # noqa: A002  (the name of the field)
    queries: int,
    rows: int,
    django_assert_num_queries: Callable,
) -> None:
    Jam.objects.filter(pk=night.pk).update(format=format)
    played: dict[str, Any] = {"status": "played", "started_at": NOW, "finished_at": NOW}
    for number in range(rows):
        musician = make_performance(entry=make_entry(jam=night, **played)).attendee
        make_band(jam=night, people={musician: "guitar"}, place=number, **played)
    with django_assert_num_queries(queries):
        page = Client().get(PAGE)
    assert (page.status_code, page.text.count("<bdi>Musician ")) == (200, rows * (2 if format == "bands" else 1))
    assert Client().get(PAGE).headers["Cache-Control"] == "public, max-age=0, must-revalidate"
