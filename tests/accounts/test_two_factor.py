"""Two-factor authentication: off by default, and no way around it once it is on."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.services import two_factor
from tests.builders import make_jam, make_user
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db

PAGE = "/admin/two-factor/"
PASSWORD = "a long enough secret"


@pytest.fixture(autouse=True)
def _still_clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """No code runs out during a test, and after a wrong one the next has to wait for longer than any test takes."""
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr("django_otp.oath.time", lambda: now)
    settings.OTP_TOTP_THROTTLE_FACTOR = 3600


@pytest.fixture
def host() -> User:
    return make_host(username="maria", password=PASSWORD)


def code_of(user: User, later: int = 0) -> str:
    """What the app on the phone of `user` shows now, or so many half minutes later."""
    return f"{totp(TOTPDevice.objects.get(user=user).bin_key, drift=later):06}"


def turn_on(user: User) -> list[str]:
    """Turn on two-factor authentication for `user`; return the recovery codes."""
    two_factor.begin_setup(user=user)
    return two_factor.confirm_setup(user=user, code=code_of(user, -1))


def log_in(code: str = "", goal: str = "", password: str = PASSWORD) -> tuple[int, bool]:
    """Return the status of a login of maria from a phone of her own, and whether it is logged in then."""
    phone = Client(REMOTE_ADDR=f"192.0.2.{next(ADDRESSES)}")
    fields = {"username": "maria", "password": password, "code": code, "next": goal}
    return phone.post("/admin/login/", fields).status_code, "sessionid" in phone.cookies


ADDRESSES = iter(range(1, 250))


def test_a_host_turns_it_on_and_sees_the_recovery_codes_once(host: User) -> None:
    phone, other_phone, stranger = browser_of(host), browser_of(host), browser_of(make_host())
    assert phone.post(f"{PAGE}begin/", {"password": PASSWORD}).status_code == 303
    assert 'src="data:image/svg+xml' in phone.get(PAGE).content.decode()
    assert two_factor.is_enabled(host) is False
    page = phone.post(f"{PAGE}confirm/", {"code": code_of(host)})
    codes = re.findall(r"<code>(\w{8})</code>", page.content.decode())
    assert (page.status_code, len(set(codes)), two_factor.is_enabled(host)) == (200, 10, True)
    assert [code for code in codes if code in phone.get(PAGE).content.decode()] == []
    assert [client.get("/admin/").status_code for client in (phone, other_phone, stranger)] == [200, 302, 200]


def test_a_login_asks_for_the_code_which_is_good_once(host: User) -> None:
    assert log_in() == (302, True)
    turn_on(host)
    now = code_of(host)
    answers = [log_in(), log_in(now, password="wrong"), log_in("000000"), log_in(now)]
    assert answers == [(200, False)] * 4
    TOTPDevice.objects.update(throttling_failure_count=0)
    assert [log_in(now), log_in(now)] == [(302, True), (200, False)]


def first_step(phone: Client, goal: str = "") -> str:
    """Log in as maria as far as the second step; return the proof that its form holds."""
    page = phone.post("/admin/login/", {"username": "maria", "password": PASSWORD, "next": goal}).text
    assert 'name="password"' not in page
    assert PASSWORD not in page
    return str(re.findall(r'name="proof" value="([^"]+)"', page)[0])


def second_step(phone: Client, proof: str, code: str, goal: str = "") -> Any:
    return phone.post("/admin/login/", {"proof": proof, "code": code, "next": goal})


def test_the_second_step_asks_for_the_code_alone(host: User) -> None:
    turn_on(host)
    phone = Client()
    proof = first_step(phone, "/host/nights/new/")
    wrong = second_step(phone, proof, "000000", "/host/nights/new/")
    assert ('name="proof"' in wrong.text, 'name="username"' in wrong.text, "sessionid" in phone.cookies) == (
        True, False, False,
    )  # fmt: skip
    TOTPDevice.objects.update(throttling_failure_count=0)
    assert second_step(phone, proof, code_of(host), "/host/nights/new/")["Location"] == "/host/nights/new/"
    assert "sessionid" in phone.cookies


def test_nobody_learns_who_has_two_factor_without_the_password(host: User) -> None:
    turn_on(host)
    make_host(username="nadia", password=PASSWORD)
    pages = [
        Client().post("/admin/login/", {"username": name, "password": "wrong", "code": "000000"}).text
        for name in ("maria", "nadia", "nobody")
    ]
    shown = {re.sub(r'value="[^"]*"', "", page) for page in pages}
    assert (len(shown), 'name="proof"' in shown.pop()) == (1, False)


@pytest.mark.parametrize("end", ["login", "password", "time", "forgery", "other account"])
def test_a_proof_of_the_password_does_not_outlive_its_use(
    host: User, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_on(host)
    proof = first_step(Client())
    if end == "login":
        assert second_step(Client(), proof, code_of(host)).status_code == 302
        TOTPDevice.objects.update(last_t=-1)
    elif end == "password":
        host.set_password("another long secret")
        host.save()
    elif end == "time":
        later = time.time() + two_factor.PROOF_SECONDS + 1
        monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    elif end == "forgery":
        proof = proof[:-1] + ("A" if proof[-1] != "A" else "B")
    else:
        other = make_host()
        turn_on(other)
        assert second_step(Client(), proof, code_of(other)).status_code == 200
        return
    refused = second_step(Client(), proof, code_of(host))
    assert (refused.status_code, "That took too long. Please log in again." in refused.text) == (200, True)
    assert 'name="password"' in refused.text


def test_the_second_step_counts_as_an_attempt_too(host: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "accounts.login_form")
    turn_on(host)
    phone = Client()
    proof = first_step(phone)
    assert [second_step(phone, proof, "000000").status_code for _number in range(5)] == [200] * 4 + [429]
    lines = [record.getMessage() for record in caplog.records if record.name == "accounts.login_form"]
    assert lines == ["Login failed for maria: wrong two-factor code"] * 4


def test_a_proof_lets_nobody_in_who_was_shut_out(host: User) -> None:
    turn_on(host)
    proof = first_step(Client())
    User.objects.filter(pk=host.pk).update(is_active=False)
    phone = Client()
    assert (second_step(phone, proof, code_of(host)).status_code, "sessionid" in phone.cookies) == (200, False)


def test_the_console_leads_to_the_same_login(host: User) -> None:
    turn_on(host)
    console = f"/host/{make_jam(hosts=(host,)).slug}/"
    assert Client().get(console)["Location"] == f"/admin/login/?next={console}"
    assert log_in(goal=console) == (200, False)
    assert log_in(code_of(host), console) == (302, True)


def test_after_a_wrong_code_even_the_right_one_has_to_wait(host: User) -> None:
    turn_on(host)
    assert [two_factor.verify_code(user=host, code=code) for code in ("000000", code_of(host))] == [False, False]
    assert TOTPDevice.objects.get().throttling_failure_count == 1


def test_a_recovery_code_is_good_once_and_for_its_owner_alone(host: User) -> None:
    codes, other = turn_on(host), make_host()
    assert StaticToken.objects.filter(token__in=codes).exists() is False
    turn_on(other)
    assert two_factor.verify_code(user=other, code=codes[0]) is False
    assert [log_in(f" {codes[0].upper()} "), log_in(codes[0])] == [(302, True), (200, False)]
    assert len(two_factor.renew_recovery_codes(user=host)) == 10
    assert two_factor.verify_code(user=host, code=codes[1]) is False


@pytest.mark.parametrize("act", ["begin", "codes", "off"])
def test_who_only_holds_the_phone_changes_nothing(host: User, act: str) -> None:
    codes = turn_on(host) if act != "begin" else []
    answers = [browser_of(host).post(f"{PAGE}{act}/", {"password": guess}).status_code for guess in ["", *"x" * 10]]
    assert answers == [403] * 10 + [429]
    assert (two_factor.get_pending_device(host), two_factor.is_enabled(host)) == (None, act != "begin")
    assert [two_factor.verify_code(user=host, code=code) for code in codes[:1]] == [True] * len(codes[:1])


def test_a_host_turns_it_off_with_the_password(host: User) -> None:
    turn_on(host)
    assert browser_of(host).post(f"{PAGE}off/", {"password": PASSWORD}).status_code == 303
    assert (two_factor.is_enabled(host), log_in()) == (False, (302, True))


def test_a_wrong_code_does_not_turn_it_on(host: User) -> None:
    phone = browser_of(host)
    phone.post(f"{PAGE}begin/", {"password": PASSWORD})
    assert (phone.post(f"{PAGE}confirm/", {"code": "x"}).status_code, two_factor.is_enabled(host)) == (400, False)
    assert browser_of(make_host()).post(f"{PAGE}confirm/", {"code": code_of(host)}).status_code == 409


def test_an_administrator_turns_it_off_for_who_has_lost_the_phone(host: User) -> None:
    turn_on(host)
    phone, administrator = browser_of(host), browser_of(make_user(is_staff=True, is_superuser=True))
    asked = {"action": "turn_two_factor_off", "_selected_action": [host.pk]}
    assert browser_of(make_host()).post("/admin/auth/user/", asked).status_code == 403
    assert two_factor.is_enabled(host) is True
    assert administrator.post("/admin/auth/user/", asked).status_code == 302
    assert (two_factor.is_enabled(host), phone.get("/admin/").status_code) == (False, 302)
    assert LogEntry.objects.get().object_repr == "maria"


@pytest.mark.parametrize("page", ["otp_totp/totpdevice/", "otp_static/staticdevice/"])
def test_secrets_are_on_no_page_of_the_admin(page: str) -> None:
    assert browser_of(make_user(is_staff=True, is_superuser=True)).get(f"/admin/{page}").status_code == 404


@pytest.mark.parametrize("accounts", [1, 30])
def test_the_list_of_accounts_costs_the_same(accounts: int, django_assert_num_queries) -> None:
    for _number in range(accounts):
        turn_on(make_host())
    administrator = browser_of(make_user(is_staff=True, is_superuser=True))
    with django_assert_num_queries(6):
        assert administrator.get("/admin/auth/user/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_who_show_one_code_at_once_one_gets_in(host: User) -> None:
    turn_on(host)
    code = code_of(host)
    if connection.vendor == "sqlite":
        connection.close()

    def show(_number: int) -> bool:
        try:
            return two_factor.verify_code(user=host, code=code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(show, range(4))) == [False, False, False, True]
