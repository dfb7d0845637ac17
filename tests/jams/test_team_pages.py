"""The pages of teams, and every existing page, action and API path, for members of the team and for others."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.host_group import ensure_co_hosts_group
from accounts.models import Scope
from jams.models import Invitation, Jam, JamStatus, Series
from jams.services.invitations import invite
from tests.builders import make_entry, make_jam, make_member, make_series, make_token, make_user, make_venue
from tests.hosts import browser_of, make_host
from venues.models import Membership, Role, Venue

pytestmark = pytest.mark.django_db

#: Who they are to the night "friday" at the venue "lantern".
PEOPLE = ("manager", "listed", "co-host", "member", "other", "stranger", "nobody")
OPEN, ASKS_MORE = [200, 200, 200, 404, 404, 404, 302], [200, 200, 403, 404, 404, 404, 302]
NIGHT = {
    **dict.fromkeys(["console", "live", "find_songs", "edit", "songs", "songs_last", "report", "share"], OPEN),
    **dict.fromkeys(["report_csv", "night_team"], OPEN),
    **dict.fromkeys(["copy", "delete", "repeat"], ASKS_MORE),
    "songs_paste": [200, 200, 200, 404, 404, 404, 302],
}
SERIES = {"series": OPEN, "edit_series": OPEN, "end_series": OPEN, "series_team": OPEN}
TEAM = {"venue_team": [200, 200, 404, 200, 404, 404, 302]}


@pytest.fixture
def venue() -> Venue:
    return make_venue(name="Blue Lantern", slug="lantern")


@pytest.fixture
def jam(venue: Venue) -> Jam:
    jam = make_jam(name="Secret Jam", slug="friday", venue=venue)
    make_entry(jam=jam)
    return jam


@pytest.fixture
def series(venue: Venue) -> Series:
    return make_series(name="Secret Series", venue=venue)


@pytest.fixture
def people(venue: Venue, jam: Jam, series: Series) -> dict[str, User | None]:
    """The PEOPLE. Only "co-host" and "other", a host of another venue in the group "Hosts", have permissions."""
    listed, co_host, other = make_member(venue=venue).user, make_user(is_staff=True), make_host()
    co_host.groups.add(ensure_co_hosts_group())
    make_jam(venue=make_member(user=other, role=Role.MANAGER).venue).hosts.add(other)
    for row in (jam, series):
        row.hosts.add(listed, co_host)
    return {
        "manager": make_member(venue=venue, role=Role.MANAGER, username="mona").user,
        "listed": listed,
        "co-host": co_host,
        "member": make_member(venue=venue).user,
        "other": other,
        "stranger": make_user(),
        "nobody": None,
    }


@pytest.mark.parametrize("table", [NIGHT, SERIES, TEAM], ids=["night", "series", "team"])
def test_pages_open_for_these_people(
    people: dict[str, User | None], series: Series, table: dict[str, list[int]]
) -> None:
    keys: dict[int, Any] = {id(NIGHT): "friday", id(SERIES): series.pk, id(TEAM): "lantern"}
    key = keys[id(table)]
    browsers = [browser_of(people[who]) for who in PEOPLE]
    found = {name: [b.get(reverse(f"host:{name}", args=[key])) for b in browsers] for name in table}
    assert {name: [answer.status_code for answer in answers] for name, answers in found.items()} == table
    seen = [answer.text for answers in found.values() for answer in answers if answer.status_code in (302, 404)]
    assert [text for text in seen if "Secret" in text] == []
    kept = [a["Cache-Control"] for answers in found.values() for a in answers if a.status_code == 200]
    assert [words for words in kept if "no-store" not in words] == []


def test_actions_and_api_hold_the_same_people(people: dict[str, User | None], jam: Jam) -> None:
    console, program, change = [], [], []
    for who in PEOPLE:
        user = people[who]
        Jam.objects.update(status=JamStatus.LIVE)  # as nobody watches
        console.append(browser_of(user).post("/host/friday/pause_jam/").status_code)
        token = make_token(user=user, scopes=Scope.values) if user else "jam_unknown"
        headers: Any = {"Authorization": f"Bearer {token}"}
        path = "/api/v1/jams/friday"
        program.append(Client().post(f"{path}/actions/end_jam", "{}", "application/json", headers=headers).status_code)
        Jam.objects.update(status=JamStatus.LIVE)  # as above
        sent = {"content_type": "application/json", "headers": headers}
        change.append(Client().patch(path, {"description": who}, **sent).status_code)
    assert console == [303, 303, 303, 404, 404, 404, 302]
    assert program == [200, 200, 200, 403, 403, 401, 401]
    assert change == [200, 200, 200, 403, 403, 401, 401]
    assert Jam.objects.get(slug="friday").description == "co-host"


def test_admin_lists_the_nights_of_the_same_people(people: dict[str, User | None], jam: Jam, series: Series) -> None:
    found = {}
    for who in ("manager", "listed", "co-host", "member", "other"):
        lists = [browser_of(people[who]).get(f"/admin/jams/{model}/") for model in ("jam", "series", "entry")]
        found[who] = ["Secret" in page.text or "friday" in page.text for page in lists]
    assert found["manager"][:2] == found["listed"][:2] == found["co-host"][:2] == [True, True]
    assert found["member"] == found["other"] == [False] * 3


WRITES = ["venue_team", "night_team", "series_team", "member", "night_host", "series_host"]


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("who", ["member", "other", "stranger", "nobody"])
def test_outsiders_invite_remove_and_promote_nobody(
    people: dict[str, User | None], venue: Venue, jam: Jam, series: Series, name: str, who: str
) -> None:
    """A host of the venue is an outsider here, too: only managers run the team."""
    manager = venue.team.get(role="manager")
    rows = {
        "venue": manager.pk,
        "night": jam.hosts.through.objects.first(),
        "series": series.hosts.through.objects.first(),
    }
    places: dict[str, list[Any]] = {
        "venue_team": ["lantern"],
        "night_team": ["friday"],
        "series_team": [series.pk],
        "member": ["lantern", manager.pk],
        "night_host": ["friday", getattr(rows["night"], "pk", 0)],
        "series_host": [series.pk, getattr(rows["series"], "pk", 0)],
    }
    refused = 403 if who == "member" and name in ("venue_team", "member") else 404
    for sent in ({"role": "manager"}, {} if name != "venue_team" else {"role": "host"}):
        answer = browser_of(people[who]).post(reverse(f"host:{name}", args=places[name]), sent)
        assert answer.status_code == (302 if who == "nobody" else refused), sent
    assert (Invitation.objects.count(), venue.team.count(), jam.hosts.count(), series.hosts.count()) == (0, 3, 2, 2)


def test_team_page_of_a_host_offers_to_leave_and_nothing_else(people: dict[str, User | None], venue: Venue) -> None:
    member = people["member"]
    browser, place = browser_of(member), venue.team.get(user=member)
    page = browser.get("/host/venues/lantern/team/").text
    assert ("mona" in page, "Invite somebody" in page, page.count("/team/")) == (True, False, 1)
    ways = [f"/host/venues/lantern/team/{pk}/" for pk in (place.pk, venue.team.get(role="manager").pk)]
    assert [browser.get(way).status_code for way in ways] == [200, 404]
    response = browser.post(ways[0])
    assert (response.status_code, response["Location"]) == (303, "/host/")
    assert "You&#x27;ve left Blue Lantern." in browser.get("/host/").text
    assert not venue.team.filter(user=member).exists()


def test_manager_promotes_removes_and_cannot_leave_alone(people: dict[str, User | None], venue: Venue) -> None:
    browser = browser_of(people["manager"])
    own, other = venue.team.get(role="manager"), venue.team.get(user=people["member"])
    alone = browser.post(f"/host/venues/lantern/team/{own.pk}/")
    assert (alone.status_code, "Make somebody else a manager first" in alone.text) == (409, True)
    address = f"/host/venues/lantern/team/{other.pk}/"
    assert "Remove" in browser.get(address).text
    assert [browser.post(address, {"role": role}).status_code for role in ("owner", "manager")] == [400, 303]
    assert Membership.objects.get(pk=other.pk).role == "manager"
    assert browser.post(f"/host/venues/lantern/team/{own.pk}/").status_code == 303
    assert browser.get("/host/venues/lantern/team/").status_code == 404


def test_last_host_of_a_night_without_a_team_stays() -> None:
    host, second = make_host(), make_host()
    jam = make_jam(slug="alone", hosts=(host, second))
    browser = browser_of(host)
    own, other = (jam.hosts.through.objects.get(user=user).pk for user in (host, second))
    assert browser.post(f"/host/alone/team/{other}/").status_code == 303
    answer = browser.post(f"/host/alone/team/{own}/")
    assert (answer.status_code, "Invite somebody else first" in answer.text) == (409, True)
    assert [user.pk for user in jam.hosts.all()] == [host.pk]


def test_leaving_a_series_ends_its_nights_too(series: Series, people: dict[str, User | None]) -> None:
    night = make_jam(venue=series.venue, series=series, series_day=timezone.now().date())
    co_host: Any = people["co-host"]
    night.hosts.add(co_host)
    place = series.hosts.through.objects.get(user=co_host)
    browser = browser_of(co_host)
    assert browser.post(f"/host/series/{series.pk}/team/{place.pk}/").status_code == 303
    assert browser.get(f"/host/{night.slug}/").status_code == 404


def test_empty_team_says_who_may_plan_here(venue: Venue) -> None:
    root = browser_of(make_user(is_staff=True, is_superuser=True))
    assert "every host on this site can plan nights here" in root.get("/host/venues/lantern/team/").text
    assert root.post("/host/venues/lantern/team/", {"role": "manager"}).status_code == 303


def test_home_leads_members_to_their_team(people: dict[str, User | None]) -> None:
    link = 'href="/host/venues/lantern/team/"'
    found = {who: link in browser_of(people[who]).get("/host/").text for who in PEOPLE}
    assert [who for who, shows in found.items() if shows] == ["manager", "listed", "member"]


def test_invitations_are_shown_and_withdrawn_by_those_who_may_invite(
    people: dict[str, User | None], venue: Venue
) -> None:
    manager: Any = people["manager"]
    made = invite(target=venue, role=Role.HOST, user=manager, now=timezone.now())
    address = f"/host/invitations/{made.pk}/"
    statuses = [browser_of(people[who]).get(address).status_code for who in PEOPLE]
    assert statuses == [200, 404, 404, 404, 404, 302, 302]
    statuses = [browser_of(people[who]).post(f"{address}withdraw/").status_code for who in PEOPLE[1:]]
    assert statuses == [404, 404, 404, 404, 302, 302]
    browser = browser_of(manager)
    page = browser.get(address).text
    assert all(words in page for words in ("/invitation/?key=", "data:image/svg", "Copy link"))
    assert address in browser.get("/host/venues/lantern/team/").text
    assert browser.post(f"{address}withdraw/").status_code == 303
    assert [browser.get(address).status_code, browser.post(f"{address}withdraw/").status_code] == [404, 404]


def test_helper_with_one_permission_still_runs_only_what_lists_them(venue: Venue, jam: Jam) -> None:
    """The permission `change_jam` alone makes nobody a member of a team."""
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="change_jam"))
    make_member(venue=venue)
    assert browser_of(helper).get("/host/friday/").status_code == 404
    jam.hosts.add(helper)
    assert browser_of(helper).get("/host/friday/").status_code == 200
