"""The team of a venue: what a role allows, in policies, permissions, admin and API; joining, leaving, other roles."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Scope
from core.exceptions import Conflict, Forbidden, NotFound
from jams.models import Jam, Series
from tests.builders import make_jam, make_member, make_series, make_song, make_token, make_user, make_venue
from tests.hosts import browser_of, form_of, make_host
from tests.jams.test_policies import unchecked
from venues import policies
from venues.identity import LIBRARY, NIGHTS, VENUES, list_permissions
from venues.models import Membership, Role, Venue
from venues.services import change_role, end_membership, join_team

pytestmark = pytest.mark.django_db

ALLOWED: dict[policies.Right, set[str]] = {
    policies.Right.PLAN_NIGHTS: {"host", "manager"},
    policies.Right.RUN_ALL_NIGHTS: {"manager"},
    policies.Right.CHANGE_VENUE: {"manager"},
    policies.Right.MANAGE_TEAM: {"manager"},
    policies.Right.USE_LIBRARY: {"manager"},
}
OWNER = "owner"  # a role that a later release may have


@pytest.fixture
def venue() -> Venue:
    return make_venue(name="Blue Lantern", slug="lantern")


@pytest.fixture
def manager(venue: Venue) -> Membership:
    return make_member(venue=venue, role=Role.MANAGER, username="mona")


@pytest.fixture
def host(venue: Venue) -> Membership:
    return make_member(venue=venue, username="otis")


def ask_api(user: User, verb: str, path: str, **sent: Any) -> int:
    headers = {"Authorization": f"Bearer {make_token(user=user, scopes=Scope.values)}"}
    send = getattr(Client(), verb)
    return int(send(f"/api/v1/{path}", sent, content_type="application/json", headers=headers).status_code)


@pytest.mark.parametrize("right", policies.Right, ids=str)
def test_right_comes_with_these_roles_and_no_unknown_one(right: policies.Right) -> None:
    asked = [*Role.values, OWNER, "", "MANAGER"]
    assert {role for role in asked if policies.allows(role, right)} == ALLOWED[right]
    assert {*policies.list_roles(right)} == ALLOWED[right]


def test_permissions_follow_the_role() -> None:
    assert list_permissions("host") == NIGHTS
    assert list_permissions("manager") == NIGHTS | VENUES | LIBRARY
    assert list_permissions(OWNER) == set()


@pytest.mark.parametrize("values", [{"role": "owner"}, {"role": ""}, {"user": "otis"}], ids=str)
def test_database_refuses_an_odd_membership(venue: Venue, host: Membership, values: dict[str, Any]) -> None:
    user = host.user if "user" in values else make_user()
    with pytest.raises(IntegrityError):
        Membership.objects.create(**{"venue": venue, "role": Role.HOST, **values, "user": user})


def test_unknown_role_opens_nothing(venue: Venue, host: Membership) -> None:
    """As one that a later release wrote: not even the nights that list its account as a host."""
    make_jam(slug="friday", venue=venue).hosts.add(host.user)
    browser = browser_of(host.user)
    assert browser.get("/host/friday/").status_code == 200
    with unchecked("membership_role_known", table="venues_membership"):
        Membership.objects.filter(pk=host.pk).update(role=OWNER)
        paths = ["/host/friday/", "/admin/jams/jam/", "/host/nights/new/"]
        assert [browser.get(path).status_code for path in paths] == [404, 403, 403]
        assert ask_api(host.user, "patch", "jams/friday", name="Mine") == 403


@pytest.mark.parametrize(
    ("who", "statuses"),
    [
        ("manager", {"change": 200, "plan here": 201, "plan elsewhere": 403, "song": 201}),
        ("host", {"change": 403, "plan here": 201, "plan elsewhere": 403, "song": 403}),
        ("manager of another", {"change": 403, "plan here": 403, "plan elsewhere": 201, "song": 201}),
        ("host of the site", {"change": 403, "plan here": 403, "plan elsewhere": 403, "song": 201}),
        ("staff without rights", {"change": 403, "plan here": 403, "plan elsewhere": 403, "song": 403}),
        ("administrator", {"change": 200, "plan here": 201, "plan elsewhere": 201, "song": 201}),
    ],
)
def test_api_asks_the_role_at_the_venue(
    venue: Venue, manager: Membership, host: Membership, who: str, statuses: dict[str, int]
) -> None:
    other = make_member(venue=make_venue(slug="elsewhere"), role=Role.MANAGER)
    people = {
        "manager": manager.user,
        "host": host.user,
        "manager of another": other.user,
        "host of the site": make_host(),
        "staff without rights": make_user(is_staff=True),
        "administrator": make_user(is_staff=True, is_superuser=True),
    }
    user, times = people[who], {"starts_at": "2126-11-29T19:00:00Z", "ends_at": "2126-11-29T23:00:00Z"}
    assert {
        "change": ask_api(user, "patch", "venues/lantern", description="Ring twice."),
        "plan here": ask_api(user, "post", "jams", name="Jam", slug="here", venue="lantern", **times),
        "plan elsewhere": ask_api(user, "post", "jams", name="Jam", slug="else", venue="elsewhere", **times),
        "song": ask_api(user, "post", "songs", title="Purple Rain", artist="Prince"),
    } == statuses


def test_series_at_another_teams_venue_is_refused_in_the_api(venue: Venue, manager: Membership) -> None:
    new = {"name": "Thursdays", "venue": "lantern", "rule": "FREQ=WEEKLY;BYDAY=TH", "first_on": "2126-11-28"}
    times = {"starts_at": "20:00", "ends_at": "23:00"}
    assert [ask_api(user, "post", "series", **new, **times) for user in (make_host(), manager.user)] == [403, 201]


@pytest.mark.parametrize(("who", "status"), [("manager", 200), ("host", 403), ("other", 403), ("site's host", 403)])
def test_admin_lets_only_managers_change_the_venue(
    venue: Venue, manager: Membership, host: Membership, who: str, status: int
) -> None:
    other = make_member(role=Role.MANAGER)
    users = {"manager": manager.user, "host": host.user, "other": other.user, "site's host": make_host()}
    browser, address = browser_of(users[who]), f"/admin/venues/venue/{venue.pk}/change/"
    response = browser.post(address, {"name": "Red Lantern", "slug": "lantern", "time_zone": "UTC"})
    changed = Venue.objects.get(pk=venue.pk).name == "Red Lantern"
    assert (response.status_code, changed) == ((302, True) if status == 200 else (403, False))
    tick = {"action": "archive", "_selected_action": [venue.pk]}
    browser.post("/admin/venues/venue/", tick)
    assert Venue.objects.get(pk=venue.pk).archived == (status == 200)


def test_admin_deletes_no_venue_of_another_team_among_others(venue: Venue, manager: Membership) -> None:
    free = make_venue()
    tick = {"action": "delete_selected", "_selected_action": [venue.pk, free.pk], "post": "yes"}
    statuses = [browser_of(make_host()).post("/admin/venues/venue/", tick).status_code]
    assert (statuses, Venue.objects.count()) == ([403], 2)


def test_admin_offers_nights_only_at_ones_own_venues(venue: Venue, manager: Membership, host: Membership) -> None:
    where = "/admin/autocomplete/?app_label=jams&model_name=jam&field_name=venue&term="
    make_venue(name="Of the site")
    found = [
        [row["text"] for row in browser_of(user).get(where).json()["results"]]
        for user in (host.user, manager.user, make_host())
    ]
    assert found == [["Blue Lantern"], ["Blue Lantern"], ["Of the site"]]
    new = {"name": "Mine", "slug": "mine", "venue": venue.pk}
    page = browser_of(make_host()).post("/admin/jams/jam/add/", new)
    assert ("Select a valid choice" in page.text, Jam.objects.count()) == (True, 0)


def test_admin_shows_the_team_to_administrators_alone(venue: Venue, manager: Membership) -> None:
    address = f"/admin/venues/venue/{venue.pk}/change/"
    root = browser_of(make_user(is_staff=True, is_superuser=True))
    assert ["team-0-role" in browser.get(address).text for browser in (browser_of(manager.user), root)] == [False, True]
    form = {**form_of(root.get(address)), "team-0-DELETE": "on"}
    assert (root.post(address, form).status_code, Membership.objects.exists()) == (302, False)
    forged = {"name": venue.name, "slug": "lantern", "time_zone": "UTC", "team-TOTAL_FORMS": 1, "team-INITIAL_FORMS": 0}
    host = make_host()
    browser_of(host).post(address, {**forged, "team-0-user": host.pk, "team-0-role": "manager"})
    assert not Membership.objects.exists()


@pytest.mark.parametrize("door", ["page", "form of a night", "admin", "api"])
def test_host_who_adds_a_venue_becomes_its_manager(door: str) -> None:
    host = make_host()
    browser = browser_of(host)
    place = {"place-name": "Den", "place-address": "", "place-time_zone": "UTC"}
    times = {"starts_at": "2126-11-29T20:00", "ends_at": "2126-11-30T00:30"}
    match door:
        case "page":
            browser.post("/host/venues/new/", place)
        case "form of a night":
            browser.post("/host/nights/new/", {**place, **times, "name": "Jam", "venue": "new", "songs_from": ""})
        case "admin":
            browser.post("/admin/venues/venue/add/", {"name": "Den", "slug": "den", "time_zone": "UTC"})
        case _:
            ask_api(host, "post", "venues", name="Den", slug="den")
    assert [(m.user_id, m.role) for m in Venue.objects.get(name="Den").team.all()] == [(host.pk, "manager")]


def test_administrator_leaves_a_new_venue_to_all_hosts() -> None:
    browser_of(make_user(is_staff=True, is_superuser=True)).post(
        "/host/venues/new/", {"place-name": "Den", "place-address": "", "place-time_zone": "UTC"}
    )
    venue = Venue.objects.get()
    assert (venue.team.count(), policies.filter_plannable(Venue.objects.all(), make_host()).get()) == (0, venue)


def test_joining_makes_a_host_a_manager_and_no_manager_a_host(venue: Venue, manager: Membership) -> None:
    user = make_user(is_staff=True)
    join_team(venue=venue, user=user, role=Role.HOST)
    join_team(venue=venue, user=user, role=Role.MANAGER)
    for role in Role:
        with pytest.raises(Conflict, match="already in the team"):
            join_team(venue=venue, user=user, role=role)
    assert [member.role for member in venue.team.filter(user=user)] == ["manager"]


def test_last_manager_stays(venue: Venue, manager: Membership, host: Membership) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: end_membership(venue=venue, member_id=manager.pk, user=manager.user),
        lambda: change_role(venue=venue, member_id=manager.pk, role=Role.HOST, user=manager.user),
    ]
    for act in acts:
        with pytest.raises(Conflict, match="Make somebody else a manager first"), transaction.atomic():
            act()
    change_role(venue=venue, member_id=host.pk, role=Role.MANAGER, user=manager.user)
    end_membership(venue=venue, member_id=manager.pk, user=manager.user)
    assert [member.user.username for member in venue.team.select_related("user")] == ["otis"]


def test_host_manages_nobody_and_may_leave(venue: Venue, manager: Membership, host: Membership) -> None:
    third = make_member(venue=venue)
    for member, act in ((manager, end_membership), (third, end_membership)):
        with pytest.raises(Forbidden), transaction.atomic():
            act(venue=venue, member_id=member.pk, user=host.user)
    with pytest.raises(Forbidden), transaction.atomic():
        change_role(venue=venue, member_id=host.pk, role=Role.MANAGER, user=host.user)
    end_membership(venue=venue, member_id=host.pk, user=host.user)
    assert {*venue.team.values_list("pk", flat=True)} == {manager.pk, third.pk}


def test_member_of_another_team_is_not_found(venue: Venue, manager: Membership) -> None:
    other = make_member()
    with pytest.raises(NotFound):
        end_membership(venue=venue, member_id=other.pk, user=manager.user)
    assert Membership.objects.filter(pk=other.pk).exists()


def test_leaving_ends_what_a_host_runs_at_this_venue_alone(venue: Venue, host: Membership, manager: Membership) -> None:
    elsewhere = make_jam(venue=make_member(user=host.user).venue)
    here, series = make_jam(venue=venue), make_series(venue=venue)
    for row in (elsewhere, here, series):
        row.hosts.add(host.user)
    end_membership(venue=venue, member_id=host.pk, user=host.user)
    left = [
        list(rows.values_list("pk", flat=True))
        for rows in (Jam.objects.run_by(host.user), Series.objects.run_by(host.user))
    ]
    assert left == [[elsewhere.pk], []]
    assert not here.hosts.exists()


def test_deleting_an_account_ends_its_membership(venue: Venue, manager: Membership, host: Membership) -> None:
    make_jam(venue=venue).hosts.add(host.user)
    host.user.delete()
    assert [member.pk for member in venue.team.all()] == [manager.pk]


def test_library_is_for_managers_as_long_as_they_are_in_the_team(venue: Venue, manager: Membership) -> None:
    make_member(venue=venue, role=Role.MANAGER)
    song, browser = make_song(), browser_of(manager.user)
    address = f"/admin/songs/song/{song.pk}/change/"
    assert browser.get(address).status_code == 200
    end_membership(venue=venue, member_id=manager.pk, user=manager.user)
    assert [browser.get(path).status_code for path in (address, "/admin/songs/song/add/")] == [403, 403]
