"""Who was there is forgotten; what was played stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from jams.models import Attendee, EntryStatus, Event, JamStatus, Performance
from jams.services.attendance import get_or_create_attendee
from jams.services.event_log import Verb, describe_event, record_event
from jams.services.membership import join_as_musician
from jams.services.privacy import forget_attendee, forget_old_jams
from jams.services.sign_ups import sign_up
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_vote
from tests.people import Browser
from votes.models import Vote

pytestmark = pytest.mark.django_db

NOW = timezone.now()


@pytest.fixture
def old():
    """A jam of long ago at which Ana, who was called Anna before, played, and somebody voted."""
    jam = make_jam(starts_at=NOW - timedelta(days=40), status=JamStatus.ENDED)
    played: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": jam.starts_at, "finished_at": jam.ends_at}
    entry = make_entry(jam=jam, **played)
    ana = make_attendee(jam=jam, name="Ana", browser="phone", plays=["bass"])
    make_performance(entry=entry, attendee=ana)
    make_vote(entry=entry, attendee=make_attendee(jam=jam, browser="listener"))
    names: dict[str, Any] = {"from": "Anna", "to": "Ana"}
    record_event(jam=jam, verb=Verb.RENAME, now=NOW, attendee=ana, **names)
    record_event(
        jam=jam, verb=Verb.UNDO, now=NOW, undone=Verb.MARK_NO_SHOW, by="Maria", data={"name": "Ana", "song": "Ana"}
    )
    record_event(jam=jam, verb=Verb.REMOVE_PERSON, now=NOW, name="Bob")
    return jam


def everything() -> str:
    """Every value of every row, as text."""
    rows = [row for model in apps.get_models() for row in model._default_manager.values()]
    return " ".join(str(value) for row in rows for value in row.values())


def test_forget_old_jams_anonymises_people_and_keeps_figures(old):
    assert forget_old_jams(now=NOW) == 1
    ana = Attendee.objects.exclude(name="").get()
    assert (ana.name, ana.plays) == ("Musician 1", [])
    assert Attendee.objects.filter(browser__in=["phone", "listener"]).count() == 0
    assert (Performance.objects.count(), Vote.objects.count()) == (1, 1)
    told = {describe_event(event) for event in Event.objects.select_related("user")}
    assert f"somebody is now called {ana.name}" in told
    assert [word for word in ("Anna", "Bob", "'name': 'Ana'") if word in everything()] == []


def test_forget_old_jams_is_idempotent_and_skips_done_jams(old, django_assert_num_queries):
    forget_old_jams(now=NOW)
    before = everything()
    with django_assert_num_queries(1):
        assert forget_old_jams(now=NOW) == 0
    assert everything() == before


@pytest.mark.parametrize(
    ("days", "status", "jams"),
    [(31, JamStatus.ENDED, 1), (29, JamStatus.ENDED, 0), (31, JamStatus.LIVE, 0)],
)
def test_forget_old_jams_waits_thirty_days(days, status, jams):
    make_jam(starts_at=NOW - timedelta(days=days, hours=4), ends_at=NOW - timedelta(days=days), status=status)
    assert forget_old_jams(now=NOW) == jams


@pytest.mark.parametrize("people", [1, 30])
def test_forget_old_jams_takes_constant_queries(people, old, django_assert_num_queries):
    for number in range(people):
        make_attendee(jam=old, name=f"Somebody {number}")
    with django_assert_num_queries(24):
        forget_old_jams(now=NOW)


def test_forget_attendee_anonymises_only_that_person():
    entry = make_entry()
    me, other = (get_or_create_attendee(jam=entry.jam, browser=browser, now=NOW) for browser in ("mine", "other"))
    for attendee, name in ((me, "Ana"), (other, "Bob")):
        join_as_musician(jam=entry.jam, attendee=attendee, name=name, now=NOW)
    sign_up(entry=entry, attendee=me, part="bass", now=NOW)
    make_vote(entry=entry, attendee=me)
    forget_attendee(jam=entry.jam, attendee=me, now=NOW)
    assert ("Ana" in everything(), "Bob" in everything()) == (False, True)
    assert (Performance.objects.count(), Vote.objects.count()) == (0, 0)
    assert get_or_create_attendee(jam=entry.jam, browser="mine", now=NOW).pk != me.pk


def test_forget_attendee_leaves_a_pseudonym_on_played_songs(old):
    ana = Attendee.objects.get(name="Ana")
    forget_attendee(jam=old, attendee=ana, now=NOW)
    assert str(Performance.objects.select_related("attendee").get()) == "Musician 1: guitar"


def test_remove_me_page_forgets_only_the_asking_browser(client):
    entry = make_entry()
    page = f"{entry.jam.get_absolute_url()}me/remove/"
    for browser in (client, Client()):
        browser.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/")
    before = set(Attendee.objects.values_list("browser", flat=True))
    assert "given a name at this jam" in client.get(page).content.decode()
    response = client.post(page)
    assert (response.status_code, response["Location"]) == (303, entry.jam.get_absolute_url())
    assert len(before & set(Attendee.objects.values_list("browser", flat=True))) == 1
    assert "We hold no data about you" in client.get(page).content.decode()
    assert client.post(page).status_code == 303


@pytest.mark.parametrize("status", [JamStatus.LIVE, JamStatus.ENDED])
def test_strip_links_to_the_remove_me_page_of_this_jam(status):
    here, there = make_jam(), make_jam()
    dana = Browser(there, name="Dana")
    dana.at(here, name="Dana")
    here.status = status
    here.save()
    link = f'href="{here.get_absolute_url()}me/remove/"'
    assert (link in dana.get("").content.decode(), link in Browser(here).get("").content.decode()) == (True, False)
    dana.post("me/remove/")
    assert list(Attendee.objects.filter(name="Dana").values_list("jam", flat=True)) == [there.pk]


def test_privacy_page_shows_the_retention_period(client, settings):
    settings.KEEP_NAMES_DAYS = 7
    assert "7 days after a jam, we delete its names and phones." in client.get("/privacy/").content.decode()


def test_ip_addresses_are_not_stored(settings):
    settings.TRUSTED_PROXIES = 1
    entry = make_entry()
    page = entry.jam.get_absolute_url()
    phone = Client(
        REMOTE_ADDR="198.51.100.77", headers={"X-Forwarded-For": "198.51.100.77", "X-Real-IP": "198.51.100.77"}
    )
    phone.get(page)
    phone.put(f"{page}songs/{entry.pk}/vote/")
    phone.post(f"{page}me/join/", {"name": "Ana"})
    phone.post("/admin/login/", {"username": "ana", "password": "guess"})
    assert ("198.51.100" in everything(), Attendee.objects.count()) == (False, 1)
