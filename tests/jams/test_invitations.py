"""Invitations: one link, one person, one week; what each wrong link says; nothing more than was offered."""

import html
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from core.exceptions import Conflict, Forbidden
from jams.models import Invitation, Jam, Series
from jams.services.invitations import MAX_OPEN, accept_invitation, invite, sign_invitation, withdraw_invitation
from tests.builders import make_jam, make_member, make_series, make_user, make_venue
from tests.hosts import browser_of, make_host
from venues.models import Membership, Role, Venue
from venues.services import end_membership

pytestmark = pytest.mark.django_db

NOW = timezone.now()
PASSWORD = "correct horse battery"  # of nobody
AT_ONCE = 6
NEW = {"username": "nina", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def venue() -> Venue:
    return make_venue(name="Blue Lantern", slug="lantern")


@pytest.fixture
def manager(venue: Venue) -> User:
    return make_member(venue=venue, role=Role.MANAGER, username="mona").user


@pytest.fixture
def invitation(venue: Venue, manager: User) -> Invitation:
    return invite(target=venue, role=Role.HOST, user=manager, now=timezone.now())


def link_to(invitation: Invitation) -> str:
    return f"/invitation/?key={sign_invitation(invitation)}"


def test_stranger_makes_an_account_and_is_in_the_team(venue: Venue, invitation: Invitation) -> None:
    browser = Client()
    page = browser.get(link_to(invitation))
    assert all(words in page.text for words in ("mona", "Blue Lantern", "Your role: Host", "Create an account"))
    before = browser.session.session_key
    response = browser.post(link_to(invitation), NEW)
    assert (response.status_code, response["Location"], browser.session.session_key != before) == (303, "/host/", True)
    user = User.objects.get(username="nina")
    assert (user.is_staff, user.is_superuser, user.groups.count(), user.user_permissions.count()) == (True, False, 0, 0)
    assert venue.team.get(user=user).role == "host"
    assert "Welcome to Blue Lantern!" in browser.get("/host/").text
    assert browser.get("/host/nights/new/").status_code == 200
    used = Invitation.objects.get()
    assert (used.used_by_id, used.used_at is not None) == (user.pk, True)


def test_logged_in_user_joins_with_one_tap(venue: Venue, invitation: Invitation) -> None:
    user = make_user(is_staff=True, username="otis")
    browser = browser_of(user)
    assert "Join as" in browser.get(link_to(invitation)).text
    assert browser.post(link_to(invitation), {"role": "manager", "is_superuser": "on"}).status_code == 303
    assert venue.team.get(user=user).role == "host"


def test_login_leads_back_to_the_invitation_and_asks_for_two_factor(venue: Venue, invitation: Invitation) -> None:
    user = make_user(is_staff=True, username="otis", password=PASSWORD)
    device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    browser = Client()
    way = html.unescape(re.findall(r'href="(/admin/login/[^"]+)"', browser.get(link_to(invitation)).text)[0])
    assert browser.get(way).status_code == 200
    next_url = re.findall(r'name="next" value="([^"]*)"', browser.get(way).text)[0]
    assert html.unescape(next_url) == link_to(invitation)
    form = {"username": "otis", "password": PASSWORD, "next": link_to(invitation)}
    page = browser.post("/admin/login/", form).text
    assert browser.post(link_to(invitation), {}).status_code == 422
    assert not Membership.objects.filter(user=user).exists()
    fields = dict(re.findall(r'name="(proof|next)" value="([^"]*)"', page))
    step = {name: html.unescape(value) for name, value in fields.items()}
    response = browser.post("/admin/login/", {**step, "code": f"{totp(device.bin_key):06}"})
    assert (response.status_code, response["Location"]) == (302, link_to(invitation))
    assert "Join as" in browser.get(response["Location"]).text
    assert browser.post(response["Location"]).status_code == 303
    assert venue.team.get(user=user).role == "host"


def use(invitation: Invitation) -> None:
    accept_invitation(token=sign_invitation(invitation), user=make_user(is_staff=True), now=timezone.now())


def withdraw(invitation: Invitation) -> None:
    withdraw_invitation(invitation=invitation, user=invitation.invited_by, now=timezone.now())


def expire(invitation: Invitation) -> None:
    Invitation.objects.update(created_at=NOW - timedelta(days=9), expires_at=NOW - timedelta(days=2))  # of a test


def lose_manager(invitation: Invitation) -> None:
    make_member(venue=invitation.venue, role=Role.MANAGER)
    member = Membership.objects.select_related("venue").get(user=invitation.invited_by)
    end_membership(venue=member.venue, member_id=member.pk, user=invitation.invited_by)


def lose_account(invitation: Invitation) -> None:
    User.objects.filter(pk=invitation.invited_by_id).update(is_active=False)


def delete_venue(invitation: Invitation) -> None:
    Venue.objects.get().delete()


@pytest.mark.parametrize(
    ("spoil", "status", "sentence"),
    [
        (use, 409, "has been used already"),
        (withdraw, 410, "was withdrawn"),
        (expire, 410, "has expired"),
        (lose_manager, 410, "was withdrawn"),
        (lose_account, 410, "was withdrawn"),
        (delete_venue, 404, "This invitation isn't valid here"),
    ],
)
def test_spoilt_link_says_what_is_wrong_and_gives_nothing(
    invitation: Invitation, spoil: Callable[[Invitation], None], status: int, sentence: str
) -> None:
    link = link_to(invitation)
    spoil(invitation)
    before = Membership.objects.count()
    for browser, sent in ((Client(), NEW), (browser_of(make_user(is_staff=True)), {})):
        for response in (browser.get(link), browser.post(link, sent)):
            assert (response.status_code, sentence in html.unescape(response.text)) == (status, True)
    assert (Membership.objects.count(), User.objects.filter(username="nina").exists()) == (before, False)


def test_link_of_another_site_or_purpose_is_not_found(invitation: Invitation) -> None:
    forged = [
        signing.Signer(key="guessed" * 10, salt="jamsite.invitation").sign(invitation.key),
        signing.Signer(salt="jamsite.browser").sign(invitation.key),
        signing.Signer(salt="jamsite.invitation").sign("A" * 22),
        invitation.key,
        "",
        "x" * 3000,
        "\x00",
    ]
    answers = [Client().post(f"/invitation/?{signing.b64_encode(b'')!r}", NEW)]
    answers += [Client().post("/invitation/", NEW, query_params={"key": key}) for key in forged]
    assert {answer.status_code for answer in answers} <= {400, 404}
    assert not User.objects.filter(username="nina").exists()


def test_link_makes_one_account_only(invitation: Invitation) -> None:
    first, second = (Client().post(link_to(invitation), {**NEW, "username": name}) for name in ("nina", "burglar"))
    assert (first.status_code, second.status_code) == (303, 409)
    assert not User.objects.filter(username="burglar").exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_accept_at_once_one_is_let_in(venue: Venue, invitation: Invitation) -> None:
    people, start = [make_user(is_staff=True) for _number in range(AT_ONCE)], Barrier(AT_ONCE)

    def accept(user: User) -> str:
        try:
            start.wait()
            accept_invitation(token=sign_invitation(invitation), user=user, now=timezone.now())
        except Conflict as refusal:
            return str(refusal)
        else:
            return "yes"
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        said = dict(zip(people, threads.map(accept, people), strict=True))
    refused = "This invitation has been used already. Ask for a new one."
    assert sorted(said.values()) == sorted(["yes"] + [refused] * (AT_ONCE - 1))
    [winner] = [person for person, answer in said.items() if answer == "yes"]
    assert [member.user_id for member in venue.team.exclude(user=invitation.invited_by)] == [winner.pk]
    assert Invitation.objects.get().used_by_id == winner.pk


@pytest.mark.parametrize(
    "changes", [{"username": ""}, {"username": "mona"}, {"password2": "another"}, {"password1": "x", "password2": "x"}]
)
def test_form_with_an_error_leaves_the_invitation_open(invitation: Invitation, changes: dict[str, str]) -> None:
    response = Client().post(link_to(invitation), {**NEW, **changes})
    assert (response.status_code, 'class="field-error"' in response.text) == (422, True)
    assert Invitation.objects.open(timezone.now()).exists()


def test_member_who_gains_nothing_leaves_the_invitation_open(invitation: Invitation, manager: User) -> None:
    response = browser_of(manager).post(link_to(invitation))
    assert (response.status_code, "already in the team" in response.text) == (409, True)
    assert (Invitation.objects.open(timezone.now()).exists(), Membership.objects.get().role) == (True, "manager")


def test_co_host_of_a_night_runs_that_night_and_nothing_else(venue: Venue, manager: User) -> None:
    jam, other = make_jam(venue=venue, slug="friday"), make_jam(venue=venue, slug="saturday")
    made = invite(target=jam, user=manager, now=timezone.now())
    browser = Client()
    browser.post(link_to(made), NEW)
    paths = ["/host/friday/", "/host/saturday/", "/host/nights/new/", "/host/venues/new/", "/host/friday/delete/"]
    assert [browser.get(path).status_code for path in paths] == [200, 404, 403, 403, 403]
    admin = ["jams/jam/", "songs/song/add/", "venues/venue/add/", "jams/jam/add/", "auth/user/", "accounts/apitoken/"]
    assert [browser.get(f"/admin/{path}").status_code for path in admin] == [200, 403, 403, 403, 403, 403]
    assert not other.hosts.exists()


def test_co_host_of_a_series_runs_its_nights_to_come(venue: Venue, manager: User) -> None:
    series = make_series(venue=venue)
    day = timezone.now().date()
    past = make_jam(venue=venue, starts_at=NOW - timedelta(days=8), series=series, series_day=day - timedelta(days=8))
    coming = make_jam(venue=venue, starts_at=NOW + timedelta(days=6), series=series, series_day=day + timedelta(days=6))
    user = make_user(is_staff=True)
    made = invite(target=series, user=manager, now=NOW)
    accept_invitation(token=sign_invitation(made), user=user, now=NOW)
    assert [*Jam.objects.run_by(user)] == [coming]
    assert ([*Series.objects.run_by(user)], past.hosts.exists()) == ([series], False)


def test_second_tap_of_a_host_is_refused(venue: Venue, manager: User) -> None:
    host = make_host()
    jam = make_jam(venue=venue, hosts=(host,))
    made = invite(target=jam, user=manager, now=NOW)
    with pytest.raises(Conflict, match="already a host"):
        accept_invitation(token=sign_invitation(made), user=host, now=NOW)
    assert Invitation.objects.open(NOW).exists()


def test_only_those_who_run_a_thing_invite_to_it(venue: Venue, manager: User) -> None:
    jam, series = make_jam(venue=venue), make_series(venue=venue)
    for user in (make_host(), make_member(venue=venue).user, make_user(is_staff=True)):
        for target, role in ((venue, Role.MANAGER), (jam, None), (series, None)):
            with pytest.raises(Forbidden):
                invite(target=target, role=role, user=user, now=NOW)
    assert not Invitation.objects.exists()


def test_open_invitations_are_limited(venue: Venue, manager: User, invitation: Invitation) -> None:
    for _number in range(MAX_OPEN - 1):
        invite(target=venue, role=Role.HOST, user=manager, now=NOW)
    with pytest.raises(Conflict, match="Withdraw one first"):
        invite(target=venue, role=Role.HOST, user=manager, now=NOW)


def test_attempts_are_limited_by_address(settings: Any, invitation: Invitation) -> None:
    settings.LOGIN_ADDRESS_RATE = "3/15m"
    answers = [Client().get("/invitation/?key=guess") for _number in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert int(answers[3]["Retry-After"]) > 0


def test_no_log_line_holds_the_link(invitation: Invitation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Client()
    for response in (browser.get(link_to(invitation)), browser.post(link_to(invitation), NEW)):
        assert response["Referrer-Policy"] == "same-origin"
        assert "no-store" in response["Cache-Control"]
    assert "/invitation/" in caplog.text
    assert invitation.key not in caplog.text


def test_database_holds_no_link_that_works(invitation: Invitation) -> None:
    assert Client().get(f"/invitation/?key={invitation.key}").status_code == 404


def test_invitations_go_with_the_account_that_made_them(invitation: Invitation, manager: User) -> None:
    manager.delete()
    assert Client().get(link_to(invitation)).status_code == 404


def test_account_that_accepted_may_be_deleted(invitation: Invitation) -> None:
    Client().post(link_to(invitation), NEW)
    User.objects.get(username="nina").delete()
    assert (Invitation.objects.get().used_by, Client().get(link_to(invitation)).status_code) == (None, 409)
