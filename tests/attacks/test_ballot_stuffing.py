"""One person is one voice, and no guest hurts the host: what an attacker once got through, kept as tests."""

import io
import json
import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jams.models import Attendee, Entry, EntryStatus, Event, Jam
from jams.services.chord_sheets import set_chords
from jams.services.device_transfer import create_move_code
from jams.services.event_log import Verb, record_event
from jams.services.host_actions import HOST_ACTIONS
from jams.services.membership import join_as_musician
from jams.services.privacy import forget_attendee, forget_old_jams
from jams.services.room_code import get_room_code, set_room_code
from jams.services.sign_ups import sign_up
from jams.services.undo import undo_event
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_user, make_vote
from tests.hosts import browser_of, make_host
from votes.models import Vote
from votes.services.void_votes import void_votes

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def vote(browser: Client, entry: Entry) -> int:
    return browser.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/").status_code


def remove_me(browser: Client, jam: Jam) -> int:
    return browser.post(f"{jam.get_absolute_url()}me/remove/").status_code


def test_removing_oneself_gives_no_second_heart(client: Client) -> None:
    """One cookie gave 60 votes a minute this way, 60 cookies 2,000, without a single refusal."""
    entry = make_entry()
    for _ in range(5):
        assert (vote(client, entry), Vote.objects.count()) == (200, 1)
        assert (remove_me(client, entry.jam), Vote.objects.count()) == (303, 0)


def test_removing_oneself_lifts_no_void(client: Client) -> None:
    entry = make_entry()
    vote(client, entry)
    attendee = Attendee.objects.select_related("jam").get()
    void_votes(attendee=attendee, user=make_user(), now=NOW)
    assert [vote(client, entry), remove_me(client, entry.jam), vote(client, entry)] == [403, 303, 403]


def test_votes_stay_when_somebody_leaves_after_the_end(client: Client) -> None:
    entry = make_entry()
    vote(client, entry)
    Jam.objects.update(status="ended")
    assert (remove_me(client, entry.jam), Vote.objects.count()) == (303, 1)


def test_a_room_code_typed_before_it_is_asked_for_is_worth_nothing(client: Client) -> None:
    entry = make_entry()
    client.post(f"{entry.jam.get_absolute_url()}room/", {"code": "guess"})
    set_room_code(jam=entry.jam, wanted=True, user=make_user(), now=NOW)
    assert vote(client, entry) == 403


def test_another_room_code_is_asked_of_everybody(client: Client) -> None:
    entry = make_entry(jam=make_jam(room_secret="secret"))
    client.post(f"{entry.jam.get_absolute_url()}room/", {"code": get_room_code(entry.jam, now=timezone.now())})
    assert vote(client, entry) == 200
    for wanted in (False, True):
        set_room_code(jam=entry.jam, wanted=wanted, user=make_user(), now=NOW)
    assert client.delete(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/").status_code == 403


def test_refused_requests_do_not_use_up_the_budget_of_newcomers(settings: Settings) -> None:
    """405 requests to a song that is not there shut every new phone of a bar out for the rest of ten minutes."""
    settings.NEWCOMER_RATE = "5/10m"
    entry = make_entry()
    script = [Client().put(f"/jams/{entry.jam.slug}/songs/999999/vote/").status_code for _ in range(20)]
    phones = [vote(Client(), entry) for _ in range(6)]
    assert (set(script), phones) == ({404}, [200] * 5 + [429])


def test_a_known_phone_is_not_locked_out_by_its_neighbours(settings: Settings) -> None:
    settings.ADDRESS_RATE = "5/m"
    entry, phone = make_entry(), Client()
    assert vote(phone, entry) == 200
    script = [Client().put(f"/jams/{entry.jam.slug}/songs/999999/vote/").status_code for _ in range(10)]
    assert (script[-1], vote(phone, entry)) == (429, 200)


@pytest.mark.parametrize("name", ["queued", "skipped", "everyone", "closed", "musicians", "None"])
def test_a_guest_with_an_odd_name_does_not_break_the_hosts_undo(name: str) -> None:
    """Names were replaced wherever the same word stood in an event: in the status of a song, in a setting."""
    entry, host = make_entry(), make_user()
    what = {"jam": entry.jam, "user": host, "now": NOW}
    skipped = HOST_ACTIONS[Verb.SKIP_SONG].run(entry=entry, **what)
    closed = HOST_ACTIONS[Verb.SET_VOTING].run(voting="closed", **what)
    guest = make_attendee(jam=entry.jam, browser="guest")
    join_as_musician(jam=entry.jam, attendee=guest, name=name, now=NOW)
    forget_attendee(jam=entry.jam, attendee=guest, now=NOW)
    for event in (closed, skipped):
        assert event is not None
        undo_event(event=event, user=host, now=NOW)
    entry.refresh_from_db()
    assert (entry.status, Jam.objects.get().voting) == (EntryStatus.QUEUED, "everyone")


@pytest.mark.parametrize("way", ["at their request", "with the names of the jam"])
def test_nothing_holds_the_name_of_a_forgotten_person(way: str) -> None:
    """Neither a row of any table, the admin's log included, nor an exported jam."""
    host = make_host()
    host.is_superuser = True
    host.save()
    entry = make_entry(jam=make_jam(hosts=(host,)), status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    guest = make_attendee(jam=entry.jam, name="Zora Quill", browser="guest")
    performance = make_performance(entry=entry, attendee=guest, part="other", other_part="Zora Quill's saw")
    queued = make_entry(jam=entry.jam, suggested_by=guest)
    sign_up(entry=queued, attendee=guest, part="other", other_part="Zora's comb", now=NOW)
    set_chords(entry=queued, url="https://zora.example/Zora", attendee=guest, user=AnonymousUser(), now=NOW)
    set_chords(entry=entry, url="https://chords.example/", attendee=None, user=host, now=NOW)
    create_move_code(attendee=guest, now=NOW)
    make_vote(entry=queued, attendee=guest)
    LogEntry.objects.log_actions(host.pk, [guest], CHANGE, change_message="Zora Quill")
    message = json.dumps([{"added": {"name": "performance", "object": str(performance)}}])
    LogEntry.objects.log_actions(host.pk, [entry], CHANGE, change_message=message)
    browser_of(host).post(f"/host/{entry.jam.slug}/rename_person/", {"name": "Zora Quill", "to": "Zora Quilling"})
    void_votes(attendee=guest, user=host, now=NOW)
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert verbs == {"sign_up", "set_chords", "rename_person", "void_votes"}
    if way == "at their request":
        forget_attendee(jam=entry.jam, attendee=Attendee.objects.get(), now=NOW)
    else:
        Jam.objects.update(status="ended")
        assert forget_old_jams(now=NOW + timedelta(days=60)) == 1
    exported = io.StringIO()
    call_command("export_jam", entry.jam.slug, stdout=exported)
    left = [
        f"{model.__name__}: {row}"
        for model in apps.get_models()
        for row in model._default_manager.values()
        if "zora" in str(row).casefold()
    ]
    assert (left, "zora" in exported.getvalue().casefold()) == ([], False)
    assert Entry.objects.get(pk=entry.pk).chord_url == "https://chords.example/"


def test_the_number_of_somebody_who_was_forgotten_can_be_taken_before() -> None:
    """The number was the row's, so a guest who took the name before made the removal fail."""
    played = make_entry(status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    guest = make_attendee(jam=played.jam, name="Dana", browser="guest")
    make_performance(entry=played, attendee=guest)
    make_attendee(jam=guest.jam, name="Musician 1", browser="early")
    forget_attendee(jam=guest.jam, attendee=guest, now=NOW)
    assert set(Attendee.objects.values_list("name", flat=True)) == {"Musician 1", "Musician 2"}


def test_a_login_whose_name_folds_to_nothing_is_counted() -> None:
    sent = {"username": "\u200b\u2060", "password": "wrong password"}
    answers = [Client().post("/admin/login/", sent).status_code for _ in range(8)]
    assert (answers[0], answers[-1]) == (200, 429)


def test_no_guest_pushes_alarms_and_undo_off_the_console() -> None:
    """44 renames in two seconds by one phone did."""
    host, now = make_host(), timezone.now()
    entry = make_entry(jam=make_jam(hosts=(host,)))
    what = {"jam": entry.jam, "user": host, "now": now}
    skipped = HOST_ACTIONS[Verb.SKIP_SONG].run(entry=entry, **what)
    record_event(jam=entry.jam, verb=Verb.CROWD, now=now, n=99)
    guest = make_attendee(jam=entry.jam, browser="guest")
    for number in range(60):
        join_as_musician(jam=entry.jam, attendee=guest, name=f"Name {number}", now=now + timedelta(seconds=number))
    page = browser_of(host).get(f"/host/{entry.jam.slug}/").content.decode()
    assert skipped is not None
    assert f"/undo/{skipped.pk}/" in page
    assert "99 new phones joined within a minute" in page


def test_a_fold_on_the_console_stays_with_its_person() -> None:
    """Folds were numbered: when somebody joined, an open one moved to the next person, with Remove in it."""
    host = make_host()
    jam = make_jam(hosts=(host,))
    make_attendee(jam=jam, name="Dana")
    [before] = re.findall(r'id="(person-[^"]+)"', browser_of(host).get(f"/host/{jam.slug}/").content.decode())
    for name in ("Ana", "Zoe", "\u5f35"):
        make_attendee(jam=jam, name=name, browser=name)
    after = re.findall(
        r'id="(person-[^"]+)".*?<bdi>(.*?)</bdi>', browser_of(host).get(f"/host/{jam.slug}/").text, re.DOTALL
    )
    assert (len(after), dict(after)[before]) == (4, "Dana")
