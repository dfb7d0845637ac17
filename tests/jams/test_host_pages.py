"""The pages for hosts around a night: home, plan, copy, deletion, new venue; tried by three people and more."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jams.models import BandStatus, Entry, EntryStatus, Event, Jam, JamStatus
from jams.selectors.search import find_jams
from jams.services.jam_settings import set_hard_stop_at, set_set_songs
from jams.services.jam_status import open_jam
from jams.services.planning import change_plan
from jams.services.undo import undo_event
from songs.parts import format_parts
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_song,
    make_token,
    make_user,
    make_venue,
    make_vote,
)
from tests.hosts import browser_of, make_host
from tests.jams.host_forms import NEW, plan_of
from tests.jamsite.test_admin_forms import ODD
from venues.models import Venue

pytestmark = pytest.mark.django_db

OF_A_JAM = ["edit", "copy", "delete", "songs", "songs_last", "songs_paste"]
OF_NO_JAM = ["home", "first_night", "new", "new_venue"]


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def night(host: User) -> Jam:
    """A night next Friday in Berlin with two songs."""
    berlin = make_venue(name="Blue Lantern", time_zone="Europe/Berlin")
    jam = make_jam(
        name="Secret Jam", slug="friday", venue=berlin, hosts=(host,), status=JamStatus.SCHEDULED,
        starts_at=datetime(2126, 11, 29, 19, tzinfo=UTC),
    )  # fmt: skip
    for _number in range(2):
        make_entry(jam=jam)
    return jam


def address_of(name: str, slug: str = "friday") -> str:
    if name == "edit_venue":
        return reverse("host:edit_venue", args=[Venue.objects.get().slug])
    return reverse(f"host:{name}", args=[slug] if name in (*OF_A_JAM, "repeat") else [])


@pytest.fixture(params=["anonymous", "stranger", "other host"])
def outsider(request: pytest.FixtureRequest) -> tuple[str, Client]:
    other = make_host()
    make_jam(hosts=(other,))
    people = {"anonymous": None, "stranger": make_user(), "other host": other}
    return request.param, browser_of(people[request.param])


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", OF_A_JAM)
def test_pages_of_a_night_are_for_its_hosts_alone(
    night: Jam, outsider: tuple[str, Client], name: str, method: str
) -> None:
    who, browser = outsider
    response = getattr(browser, method)(address_of(name), {"agreed": "on", "song": "1", "lines": "A - B", "add": "yes"})
    expected = {"get": {302, 404}, "post": {302, 404, 405}}[method]
    assert response.status_code in expected
    assert (response.status_code == 302) == (who == "anonymous" and response.status_code != 405)
    assert "Secret" not in response.text
    assert (Jam.objects.filter(slug="friday").count(), night.entries.count()) == (1, 2)


@pytest.mark.parametrize("name", OF_NO_JAM)
@pytest.mark.parametrize("person", ["anonymous", "stranger"])
def test_pages_for_hosts_lead_others_to_the_login_and_back(name: str, person: str) -> None:
    browser = browser_of(make_user() if person == "stranger" else None)
    assert browser.get(address_of(name))["Location"] == f"/admin/login/?next={address_of(name)}"
    assert browser.post(address_of(name), NEW).status_code in (302, 405)
    assert (Jam.objects.count(), Venue.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", [*OF_A_JAM, *OF_NO_JAM])
def test_pages_for_hosts_open_for_the_host_and_are_kept_by_nobody(night: Jam, host: User, name: str) -> None:
    response = browser_of(host).get(address_of(name))
    assert response.status_code == 200
    assert {"private", "no-store"} <= {*response["Cache-Control"].replace(" ", "").split(",")}
    assert "hannah" in response.text


@pytest.mark.parametrize("name", ["new", "copy", "delete", "new_venue", "songs", "songs_last", "songs_paste"])
def test_pages_ask_for_the_permissions_of_the_admin(night: Jam, name: str) -> None:
    """Who may change jams and nothing else runs the night, and neither plans nor deletes one."""
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="change_jam"))
    night.hosts.add(helper)
    browser = browser_of(helper)
    assert [browser.get(address_of(page)).status_code for page in ("home", "edit", name)] == [200, 200, 403]
    assert browser.post(address_of(name), {**NEW, "agreed": "on"}).status_code in (403, 405)
    assert browser.post("/host/friday/open_jam/").status_code == 303
    assert Jam.objects.count() == 1


@pytest.mark.parametrize("name", OF_A_JAM)
def test_who_lost_the_role_of_a_host_has_lost_the_pages(night: Jam, host: User, name: str) -> None:
    browser = browser_of(host)
    host.groups.clear()
    assert (browser.get(address_of(name)).status_code, browser.post(address_of(name)).status_code) in (
        (404, 404),
        (404, 405),
    )
    assert "Secret" not in browser.get("/host/").text


def test_home_shows_tonight_first_then_upcoming_then_past(host: User) -> None:
    now = timezone.now()
    make_jam(name="Past", hosts=(host,), status=JamStatus.ENDED, starts_at=now - timedelta(days=7))
    make_jam(name="Next week", hosts=(host,), status=JamStatus.SCHEDULED, starts_at=now + timedelta(days=7))
    tonight = make_jam(name="Tonight", slug="tonight", hosts=(host,))
    make_jam(name="Of another")
    for _number in range(2):
        make_entry(jam=tonight, status=EntryStatus.SUGGESTED)
    response = browser_of(host).get("/host/")
    page, home = response.text, response.context["home"]
    assert ([jam.name for jam in home.tonight], [jam.name for jam in home.upcoming]) == (["Tonight"], ["Next week"])
    assert [jam.name for jam in home.past.rows] == ["Past"]
    assert page.index("Tonight</bdi>") < page.index("Next week</bdi>") < page.index("Past</bdi>")
    assert "2 suggestions are waiting for you." in " ".join(page.split())
    assert "/host/tonight/#pending-title" in _links(page)
    assert {"/host/tonight/", "/jams/tonight/stage/", "/host/tonight/songs/"} <= {*_links(page)}
    assert "Of another" not in page


def _links(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('href="')[1:]]


def test_home_pages_the_past_nights(host: User) -> None:
    for number in range(13):
        make_jam(hosts=(host,), status=JamStatus.ENDED, starts_at=timezone.now() - timedelta(days=2 + number))
    browser = browser_of(host)
    pages = [browser.get("/host/", {"page": page}).context["home"].past for page in ("", "2")]
    assert ([len(page.rows) for page in pages], pages[0].next, pages[1].next) == ([12, 1], 2, None)
    assert browser.get("/host/", {"page": "x"}).status_code == 400


def test_an_empty_account_sees_three_steps(host: User) -> None:
    page = browser_of(host).get("/host/").text
    assert address_of("first_night") in _links(page)
    steps = ["Name your venue", "Add songs", "Plan your first night"]
    assert [page.index(step) for step in steps] == sorted(page.index(step) for step in steps)
    assert {"/host/venues/new/", "/host/nights/new/"} <= {*_links(page)}


@pytest.mark.parametrize("rows", [1, 30])
def test_home_costs_the_same_for_many_nights(host: User, rows: int, django_assert_num_queries: Callable) -> None:
    now = timezone.now()
    for _number in range(rows):
        make_entry(jam=make_jam(hosts=(host,)))
        make_jam(hosts=(host,), status=JamStatus.SCHEDULED, starts_at=now + timedelta(days=3))
        make_jam(hosts=(host,), status=JamStatus.ENDED, starts_at=now - timedelta(days=3))
    browser = browser_of(host)
    with django_assert_num_queries(8):
        assert browser.get("/host/").status_code == 200


@pytest.mark.parametrize("rows", [1, 30])
def test_the_form_for_a_night_costs_the_same(host: User, rows: int, django_assert_num_queries: Callable) -> None:
    for _number in range(rows):
        make_entry(jam=make_jam(hosts=(host,)))
    browser = browser_of(host)
    with django_assert_num_queries(8):
        assert browser.get("/host/nights/new/").status_code == 200


def test_a_night_at_a_new_venue_is_planned_with_one_form(host: User) -> None:
    response = browser_of(host).post("/host/nights/new/", NEW)
    jam = Jam.objects.select_related("venue").get()
    assert response["Location"] == f"/host/{jam.slug}/songs/paste/"  # there is no library to choose from
    assert (jam.name, jam.venue.name, jam.venue.time_zone) == ("Friday Jam", "Blue Lantern", "Europe/Berlin")
    assert (jam.starts_at, jam.ends_at) == (
        datetime(2126, 11, 29, 19, tzinfo=UTC), datetime(2126, 11, 29, 23, 30, tzinfo=UTC),
    )  # fmt: skip
    assert list(jam.hosts.all()) == [host]


WRONG: list[tuple[dict[str, str], str]] = [
    ({"name": ""}, "This field is required."),
    ({"name": "x" * 121}, "at most 120 characters"),
    ({"place-name": ""}, "This field is required."),
    ({"place-name": "Bar"}, "There is already a venue with this name."),
    ({"place-time_zone": "Berlin"}, "a time zone. Try one like Europe/Berlin."),
    ({"place-time_zone": "localtime"}, "a time zone. Try one like Europe/Berlin."),
    ({"place-time_zone": ""}, "This field is required."),
    ({"venue": "999"}, "Select a valid choice."),
    ({"venue": ""}, "This field is required."),
    ({"starts_at": ""}, "This field is required."),
    ({"starts_at": "tomorrow"}, "Enter a valid date/time."),
    ({"ends_at": "2126-11-29T19:00"}, "The jam must end after it starts."),
    ({"starts_at": "9999-12-31T23:00", "ends_at": "9999-12-31T23:59"}, "Choose a year between 1970 and 2199."),
    ({"songs_from": "nowhere"}, "Select a valid choice."),
    ({"set_songs": "10"}, "less than or equal to 9"),
    ({"set_minutes": "0"}, "greater than or equal to 1"),
    ({"changeover_minutes": "61"}, "less than or equal to 60"),
    ({"stage_plan": "banana"}, "know the instrument"),
    ({"hard_stop": "25:00"}, "Enter a valid time."),
    ({"name": "\x00"}, "Null characters are not allowed."),
]


@pytest.mark.parametrize(("changes", "sentence"), WRONG, ids=[f"{changes}" for changes, _sentence in WRONG])
def test_a_wrong_plan_is_answered_beside_the_field(host: User, changes: dict[str, str], sentence: str) -> None:
    make_venue(name="bar")
    response = browser_of(host).post("/host/nights/new/", {**NEW, **changes})
    assert (response.status_code, sentence in response.text) == (200, True)
    assert (Jam.objects.count(), Venue.objects.count()) == (0, 1)


SERIES = {
    "name": "Thursday Jam",
    "venue": "",
    "first_on": "2126-11-28",
    "starts_at": "20:00",
    "ends_at": "23:30",
    "repeats": "1",
    "format": "bands",
    "set_songs": "2",
    "set_minutes": "15",
    "changeover_minutes": "5",
    "stage_plan": "vocals, bass",
    "hard_stop": "23:15",
    "house_band": "Kim: bass",
}
FORMS: dict[str, dict[str, str]] = {
    "new": NEW,
    "copy": NEW,
    "edit": NEW,
    "new_venue": {name: value for name, value in NEW.items() if name.startswith("place-")},
    "new_series": SERIES,
    "repeat": SERIES,
    "edit_venue": {"name": "Red Lantern", "time_zone": "Europe/Berlin", "colour": "#aabbcc", "has_colour": "on"},
    "delete": {"agreed": "on"},
    "songs": {"song": "1"},
    "songs_paste": {"lines": "Creep - Radiohead", "add": "yes"},
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_for_hosts_answer_odd_and_missing_values(night: Jam, host: User, name: str) -> None:
    """Each form meets the night as it was, so that none finds it deleted or full by the one before."""
    make_attendee(jam=night, name="Dana")
    own = {"song": str(make_song().pk), "place-name": "Red Lantern"}  # the night has the name of the form
    own |= {"venue": str(night.venue.pk)} if name in ("edit", "new_series", "repeat") else {}
    browser, form = browser_of(host), {field: own.get(field, value) for field, value in FORMS[name].items()}

    def post(sent: dict[str, str]) -> int:
        with transaction.atomic():
            status = browser.post(address_of(name), sent).status_code
            transaction.set_rollback(True)
        return status

    odd = [{**form, field: value} for field in form for value in ODD if value]
    missing = [{key: value for key, value in form.items() if key != field} for field in form]
    assert post(form) == 303
    assert {post(sent) for sent in [*odd, *missing, {}]} <= {200, 303, 400, 404}


def test_a_new_night_takes_the_songs_of_last_time_at_its_venue(host: User, night: Jam) -> None:
    hidden = make_entry(jam=night, status=EntryStatus.HIDDEN)
    make_entry(jam=night, song=make_song(archived=True))
    make_entry(jam=make_jam(venue=night.venue, starts_at=night.starts_at + timedelta(days=30)))  # later: not the last
    sent = {**NEW, "venue": str(night.venue.pk), "songs_from": "last", "starts_at": "2126-12-06T20:00"}
    browser_of(host).post("/host/nights/new/", {**sent, "ends_at": "2126-12-06T23:00"})
    jam = Jam.objects.get(name="Friday Jam")
    songs = {entry.song_id for entry in jam.entries.all()}
    assert songs == {entry.song_id for entry in night.entries.exclude(pk=hidden.pk)} - {
        song.pk for song in [*_archived()]
    }
    assert len(songs) == 2


def _archived() -> Any:
    from songs.models import Song

    return Song.objects.filter(archived=True)


def test_a_copy_is_a_week_later_with_songs_settings_and_hosts(host: User, night: Jam) -> None:
    other = make_host()
    night.hosts.add(other)
    Jam.objects.filter(pk=night.pk).update(performing_limit=7, voting="closed", suggestions="approval")
    browser = browser_of(host)
    form = plan_of(browser.get("/host/friday/copy/"))
    assert (form["starts_at"], form["ends_at"]) == ("2126-12-06T20:00", "2126-12-07T00:00")
    assert browser.post("/host/friday/copy/", form)["Location"] == "/host/"
    jam = Jam.objects.exclude(pk=night.pk).get()
    assert (jam.name, jam.entries.count(), {*jam.hosts.all()}) == ("Secret Jam", 2, {host, other})
    assert (jam.performing_limit, jam.voting, jam.suggestions, jam.status) == (7, "everyone", "approval", "scheduled")


def test_an_edit_changes_the_plan_and_keeps_the_rest(host: User, night: Jam) -> None:
    auckland = make_venue(name="Kiwi Bar", time_zone="Pacific/Auckland")
    browser = browser_of(host)
    form = plan_of(browser.get("/host/friday/edit/"))
    assert form["starts_at"] == "2126-11-29T20:00"
    browser.post("/host/friday/edit/", {**form, "name": "Saturday", "venue": str(auckland.pk)})
    night.refresh_from_db()
    assert (night.name, night.venue_id, night.slug, night.entries.count()) == ("Saturday", auckland.pk, "friday", 2)
    assert night.starts_at == datetime(2126, 11, 29, 7, tzinfo=UTC)


BAND_NIGHT = {
    "format": "bands", "set_songs": "2", "set_minutes": "20", "changeover_minutes": "0",
    "stage_plan": "vocals, drums", "hard_stop": "00:15",
}  # fmt: skip
SETS = ("format", "set_songs", "set_minutes", "changeover_minutes")


def sets_of(jam: Jam) -> list[Any]:
    jam = Jam.objects.select_related("venue").get(pk=jam.pk)
    stop = jam.hard_stop_at.astimezone(jam.venue.zone).strftime("%-d %b %H:%M") if jam.hard_stop_at else None
    return [*(getattr(jam, name) for name in SETS), format_parts(jam.stage_plan), stop]


def test_a_new_night_and_its_copy_get_sets_stage_and_hard_stop(host: User) -> None:
    browser = browser_of(host)
    browser.post("/host/nights/new/", {**NEW, **BAND_NIGHT})
    first = Jam.objects.get()
    assert sets_of(first) == ["bands", 2, 20, 0, "vocals, drums", "30 Nov 00:15"]
    form = plan_of(browser.get(f"/host/{first.slug}/copy/"))
    browser.post(f"/host/{first.slug}/copy/", form)
    copy = Jam.objects.exclude(pk=first.pk).get()
    assert sets_of(copy) == ["bands", 2, 20, 0, "vocals, drums", "7 Dec 00:15"]
    browser.post(f"/host/{first.slug}/copy/", {**form, "set_minutes": "", "stage_plan": "", "hard_stop": ""})
    assert sets_of(Jam.objects.latest("pk")) == ["bands", 2, None, 0, "", None]


def test_an_edit_of_the_sets_is_an_action_with_undo(host: User, night: Jam) -> None:
    browser = browser_of(host)
    before = sets_of(night)
    browser.post("/host/friday/edit/", {**plan_of(browser.get("/host/friday/edit/")), **BAND_NIGHT})
    assert sets_of(night) == ["bands", 2, 20, 0, "vocals, drums", "30 Nov 00:15"]
    events = list(night.events.all())
    assert sorted(event.verb for event in events) == [
        "set_changeover_minutes", "set_format", "set_hard_stop_at",
        "set_set_minutes", "set_set_songs", "set_stage_plan",
    ]  # fmt: skip
    for event in events:
        undo_event(event=event, user=host, now=timezone.now())
    assert sets_of(night) == before


def test_an_edit_leaves_the_sets_that_others_have_changed_meanwhile(host: User, night: Jam) -> None:
    browser = browser_of(host)
    form = plan_of(browser.get("/host/friday/edit/"))
    set_set_songs(jam=night, set_songs=1, user=host, now=timezone.now())
    browser.post("/host/friday/edit/", {**form, "name": "Saturday"})
    night.refresh_from_db()
    assert (night.name, night.set_songs, Event.objects.count()) == ("Saturday", 1, 1)


def test_a_hard_stop_moves_with_its_night(host: User, night: Jam) -> None:
    set_hard_stop_at(jam=night, hard_stop_at="23:30", user=host, now=timezone.now())
    browser = browser_of(host)
    moved = {"starts_at": "2126-12-01T21:00", "ends_at": "2126-12-02T00:00"}
    browser.post("/host/friday/edit/", {**plan_of(browser.get("/host/friday/edit/")), **moved})
    assert (sets_of(night)[-1], Event.objects.count()) == ("1 Dec 23:30", 1)


@pytest.mark.parametrize("door", ["form", "console", "API"])
def test_a_hard_stop_is_the_next_such_time_after_the_start(host: User, night: Jam, door: str) -> None:
    browser, typed = browser_of(host), "19:00"  # an hour before the start
    if door == "form":
        browser.post("/host/friday/edit/", {**plan_of(browser.get("/host/friday/edit/")), "hard_stop": typed})
    elif door == "console":
        browser.post("/host/friday/set_hard_stop_at/", {"hard_stop_at": typed})
    else:
        headers = {"Authorization": f"Bearer {make_token(user=host)}"}
        address = "/api/v1/jams/friday/actions/set_hard_stop_at"
        browser.post(address, {"hard_stop_at": typed}, content_type="application/json", headers=headers)
    assert (sets_of(night)[-1], Event.objects.get().data["to"]) == ("30 Nov 19:00", typed)


def test_a_setting_that_is_refused_is_told_on_the_form(host: User, night: Jam) -> None:
    Jam.objects.filter(pk=night.pk).update(format="bands")
    make_band(jam=night, status=BandStatus.ON_STAGE)
    browser = browser_of(host)
    sent = {**plan_of(browser.get("/host/friday/edit/")), "name": "Saturday", "format": "songs"}
    response = browser.post("/host/friday/edit/", sent)
    night.refresh_from_db()
    assert ("A band is on stage." in response.text, night.name, night.format) == (True, "Secret Jam", "bands")


def test_an_edit_keeps_a_venue_that_was_archived(host: User, night: Jam) -> None:
    Venue.objects.filter(pk=night.venue.pk).update(archived=True)
    browser = browser_of(host)
    browser.post("/host/friday/edit/", {**plan_of(browser.get("/host/friday/edit/")), "name": "Saturday"})
    night.refresh_from_db()
    assert night.name == "Saturday"
    new = browser.post("/host/nights/new/", {**NEW, "venue": str(night.venue_id)})
    assert "Select a valid choice." in new.text


def test_a_night_without_history_is_deleted_after_one_question(host: User, night: Jam) -> None:
    browser = browser_of(host)
    assert "Nobody has voted or signed up yet." in browser.get("/host/friday/delete/").text
    assert Jam.objects.count() == 1
    assert browser.post("/host/friday/delete/")["Location"] == "/host/"
    assert (Jam.objects.count(), Entry.objects.count()) == (0, 0)


@pytest.mark.parametrize("left", ["vote", "musician", "played"])
def test_a_night_with_history_is_deleted_only_if_one_agrees(host: User, night: Jam, left: str) -> None:
    entry, now = night.entries.latest("pk"), timezone.now()
    if left == "vote":
        make_vote(entry=entry)
    elif left == "musician":
        make_attendee(jam=night, name="Dana")
    else:
        Entry.objects.filter(pk=entry.pk).update(status="played", started_at=now, finished_at=now)
    browser = browser_of(host)
    refused = browser.post("/host/friday/delete/")
    assert (refused.status_code, "Tick the box to confirm." in refused.text) == (200, True)
    assert Jam.objects.count() == 1
    assert browser.post("/host/friday/delete/", {"agreed": "on"}).status_code == 303
    assert Jam.objects.count() == 0


def test_a_new_venue_leads_to_the_first_night(host: User) -> None:
    sent = {"place-name": "Blue Lantern", "place-address": "Main Street 1", "place-time_zone": "Europe/Berlin"}
    response = browser_of(host).post("/host/venues/new/", sent, follow=True)
    assert "Blue Lantern has been added. Now plan your first night." in response.text
    assert Venue.objects.get().time_zone == "Europe/Berlin"


def test_home_and_admin_are_one_tap_apart(host: User) -> None:
    browser = browser_of(host)
    assert "/admin/" in _links(browser.get("/host/").text)
    assert "/host/" in _links(browser.get("/admin/").text)


def test_the_jam_page_says_who_is_logged_in_and_logs_out(host: User, night: Jam) -> None:
    browser = browser_of(host)
    page = browser.get(night.get_absolute_url()).text
    assert 'action="/admin/logout/"' in page
    assert "hannah" in page
    assert browser.post("/admin/logout/", {"next": "/"})["Location"] == "/"
    assert "logout" not in browser.get(night.get_absolute_url()).text


def test_a_changed_plan_leaves_what_others_have_changed_meanwhile(night: Jam, host: User) -> None:
    """Saving the whole row put a jam that a second host had just opened back to "scheduled"."""
    elsewhere = make_venue(name="Elsewhere")
    open_jam(jam=night, user=host, now=timezone.now())
    change_plan(jam=Jam.objects.get(pk=night.pk), venue=elsewhere)
    change_plan(jam=night, name="Another name")  # read before both
    jam = Jam.objects.get(pk=night.pk)
    assert (jam.status, jam.name, jam.venue_id) == (JamStatus.LIVE, "Another name", elsewhere.pk)
    assert [found.pk for found in find_jams("another elsewhere", among=Jam.objects.all())] == [night.pk]
