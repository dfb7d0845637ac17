"""New passwords: with a link by mail or from an administrator, or changed by whoever is logged in."""

import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from accounts.identity import find_token
from accounts.services.passwords import build_password_url, set_new_password
from core.exceptions import Gone
from jobs.models import Job
from tests.builders import make_token, make_user
from tests.hosts import browser_of
from tests.jobs.work import run_jobs

pytestmark = pytest.mark.django_db

OLD, NEW = "correct horse battery", "staple of the blue door"  # of nobody
FORM = {"new_password1": NEW, "new_password2": NEW}
FORGOTTEN, CHANGE = "/account/password/forgotten/", "/admin/password_change/"
AT_ONCE = 4


@pytest.fixture
def host() -> User:
    return make_user(username="otis", email="otis@example.org", password=OLD, is_staff=True)


@pytest.fixture
def mailing(settings: Settings) -> Settings:
    """The settings of a site that sends mail."""
    settings.MAIL_HOST, settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "mail", "http://testserver", "jams@example.org"
    return settings


def ask(email: str, **headers: Any) -> Any:
    return Client().post(FORGOTTEN, {"email": email}, **headers)


def link_for(user: User) -> str:
    return build_password_url(user, "")


def log_in(password: str) -> Client:
    browser = Client()
    browser.post("/admin/login/", {"username": "otis", "password": password})
    return browser


def may_enter(*passwords: str) -> list[bool]:
    """Whether each of these passwords logs the host in."""
    return ["_auth_user_id" in log_in(password).session for password in passwords]


def test_mail_holds_a_link_that_sets_a_password_once(host: User, mailing: Settings) -> None:
    elsewhere = log_in(OLD)
    assert "Check your email" in ask("OTIS@example.org").text
    run_jobs()
    (sent,) = mail.outbox
    assert (sent.to, sent.from_email, "“otis”" in sent.body) == (["otis@example.org"], "jams@example.org", True)
    link = re.findall(r"http://testserver(/\S+)", str(sent.body))[0]
    assert "otis" in Client().get(link).text
    answer = Client().post(link, FORM)
    assert (answer.status_code, "sessionid" in answer.cookies) == (200, False)
    assert may_enter(OLD, NEW) == [False, True]
    assert elsewhere.get("/host/").status_code == 302  # that session has ended
    assert [Client().get(link).status_code, Client().post(link, FORM).status_code] == [410, 410]
    assert LogEntry.objects.filter(object_id=host.pk, user=host).count() == 1


def test_mail_is_in_the_language_of_the_page(host: User, mailing: Settings) -> None:
    ask(host.email, headers={"accept-language": "de"})
    run_jobs()
    assert mail.outbox[0].subject == "Neues Passwort für Jamsite"


def test_answer_and_work_tell_nobody_who_has_an_account(host: User, mailing: Settings) -> None:
    make_user(email="gone@example.org", password=OLD, is_active=False, is_staff=True)
    make_user(email="guest@example.org", password=OLD)
    make_user(email="new@example.org", is_staff=True)  # has never had a password
    seen = []
    for name in ("otis", "nobody", "gone", "guest", "new"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = ask(f"{name}@example.org")
        kinds = [query["sql"].split(maxsplit=1)[0] for query in queries]
        seen.append((page.status_code, re.sub(r'value="[^"]{64}"', "", page.text), kinds))
    assert all(found == seen[0] for found in seen)
    assert "INSERT" in seen[0][2]
    run_jobs()
    assert [message.to for message in mail.outbox] == [["otis@example.org"]]


def test_mails_to_one_address_are_limited_without_a_word(host: User, mailing: Settings) -> None:
    mailing.MAIL_RATE = "2/h"
    assert {ask(email).status_code for email in ["otis@example.org"] * 2 + ["OTIS@EXAMPLE.org"] * 2} == {200}
    run_jobs()
    assert len(mail.outbox) == 2


def test_requests_and_guesses_are_limited_by_address(host: User, mailing: Settings) -> None:
    mailing.LOGIN_ADDRESS_RATE = "2/15m"
    assert [ask(f"a{number}@example.org").status_code for number in range(3)] == [200, 200, 429]
    guesses = [Client().get(f"/account/password/new/?key={host.pk}.x-{number}").status_code for number in range(3)]
    assert guesses == [410, 410, 429]


def test_site_without_mail_leads_to_the_administrator(host: User) -> None:
    pages = [Client().get(FORGOTTEN), ask("otis@example.org")]
    assert {(page.status_code, "Ask an administrator" in page.text) for page in pages} == {(200, True)}
    assert not Job.objects.exists()


def test_nothing_is_lost_while_the_mail_server_is_down(host: User, mailing: Settings) -> None:
    works = mailing.MAILERS
    smtp = {"host": "127.0.0.1", "port": 1, "timeout": 5}  # nothing listens there
    mailing.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": smtp}}
    assert "Check your email" in ask("otis@example.org").text
    run_jobs()
    job = Job.objects.get()
    assert (job.status, job.attempts, "otis" in job.traceback, job.run_after > timezone.now()) == (
        "READY",
        1,
        False,
        True,
    )
    assert "The mail server does not work: ConnectionRefusedError." in job.traceback
    mailing.MAILERS = works
    Job.objects.update(run_after=timezone.now() - timedelta(seconds=1))
    run_jobs()
    assert [message.to for message in mail.outbox] == [["otis@example.org"]]


def test_job_holds_no_link_and_no_address(host: User, mailing: Settings) -> None:
    ask("otis@example.org")
    assert Job.objects.get().args_kwargs == {"args": [[host.pk], "en"], "kwargs": {}}


def end_by_login(host: User, settings: Settings) -> None:
    log_in(OLD)


def end_by_password(host: User, settings: Settings) -> None:
    host.set_password("another one of mine")
    host.save()


def end_by_address(host: User, settings: Settings) -> None:
    User.objects.filter(pk=host.pk).update(email="elsewhere@example.org")


def end_by_time(host: User, settings: Settings) -> None:
    settings.PASSWORD_RESET_TIMEOUT = -1


def end_by_block(host: User, settings: Settings) -> None:
    User.objects.filter(pk=host.pk).update(is_active=False)


def end_by_deletion(host: User, settings: Settings) -> None:
    host.delete()


def end_by_another_secret(host: User, settings: Settings) -> None:
    settings.SECRET_KEY = "another" * 10


@pytest.mark.parametrize(
    "end",
    [end_by_login, end_by_password, end_by_address, end_by_time, end_by_block, end_by_deletion, end_by_another_secret],
)
def test_link_ends(host: User, end: Callable[[User, Settings], None], settings: Settings) -> None:
    link = link_for(host)
    end(host, settings)
    answers = [Client().get(link), Client().post(link, FORM)]
    assert [(answer.status_code, f'href="{FORGOTTEN}"' in answer.text) for answer in answers] == [(410, True)] * 2
    assert not User.objects.filter(pk=host.pk).first() or not User.objects.get(pk=host.pk).check_password(NEW)


def test_link_opens_no_other_account(host: User) -> None:
    other = make_user(username="dora", password=OLD, is_staff=True)
    link = link_for(host).replace(f"key={host.pk}.", f"key={other.pk}.")
    assert Client().post(link, FORM).status_code == 410
    other.refresh_from_db()
    assert other.check_password(OLD)


@pytest.mark.parametrize(
    "key", ["", ".", "1", "1.", "%00.x", "x" * 3000, "9" * 6000 + ".a-b", "9" * 18 + ".a-b", "²." + "a-b"]
)
def test_odd_key_is_refused(key: str, host: User) -> None:
    assert Client().get(f"/account/password/new/?key={key}").status_code in (400, 410)


@pytest.mark.parametrize("changes", [{"new_password2": "x"}, {"new_password1": "short", "new_password2": "short"}])
def test_weak_or_mistyped_password_keeps_the_link(host: User, changes: dict[str, str]) -> None:
    link = link_for(host)
    page = Client().post(link, {**FORM, **changes})
    assert (page.status_code, 'class="field-error"' in page.text) == (422, True)
    assert Client().post(link, FORM).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_requests_with_one_link_set_one_password(host: User) -> None:
    key, start = link_for(host).partition("key=")[2], Barrier(AT_ONCE)

    def use(number: int) -> str:
        start.wait()
        try:
            set_new_password(key=key, password=f"password of thread {number}", now=timezone.now())
        except Gone:
            return "gone"
        finally:
            connection.close()
        return f"password of thread {number}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = sorted(pool.map(use, range(AT_ONCE)))
    assert found[:-1] == ["gone"] * (AT_ONCE - 1)
    host.refresh_from_db()
    assert host.check_password(found[-1])


@pytest.mark.parametrize("answer", [{}, {"revoke_tokens": "on"}])
def test_owner_chooses_whether_api_tokens_end_with_the_password(host: User, answer: dict[str, str]) -> None:
    old, other = make_token(user=host), make_token()
    assert 'name="revoke_tokens"' in Client().get(link_for(host)).text
    assert Client().post(link_for(host), {**FORM, **answer}).status_code == 200
    found = [find_token(secret=secret, now=timezone.now()) is not None for secret in (old, other)]
    assert found == [not answer, True]
    host.refresh_from_db()
    assert ('name="revoke_tokens"' in Client().get(link_for(host)).text) == (not answer)


def test_two_factor_is_still_asked_after_a_new_password(host: User) -> None:
    TOTPDevice.objects.create(user=host, name="app", confirmed=True)
    assert Client().post(link_for(host), FORM).status_code == 200
    page = Client().post("/admin/login/", {"username": "otis", "password": NEW})
    assert ('name="proof"' in page.text, may_enter(NEW)) == (True, [False])


def test_link_is_in_no_log_line(host: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = link_for(host)
    for answer in (Client().get(link), Client().post(link, FORM), Client().get(link)):
        assert answer.status_code in (200, 410)
    assert "otis has set a new password" in caplog.text
    assert link.partition("key=")[2] not in caplog.text


def test_administrator_creates_a_link(host: User) -> None:
    root = make_user(is_staff=True, is_superuser=True)
    gone = make_user(username="gone", is_active=False)
    tick = {"action": "make_password_links", "_selected_action": [host.pk, gone.pk]}
    page = browser_of(root).post("/admin/auth/user/", tick, follow=True).text
    (link,) = re.findall(r"(/account/password/new/\?key=[\w.%-]+)", page)
    assert LogEntry.objects.get(user=root).object_id == str(host.pk)
    assert Client().post(link, FORM).status_code == 200
    assert may_enter(NEW) == [True]


def test_only_superusers_create_links(host: User) -> None:
    helper = make_user(is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    tick = {"action": "make_password_links", "_selected_action": [host.pk]}
    page = browser_of(helper).post("/admin/auth/user/", tick, follow=True)
    assert (page.status_code, "key=" in page.text, "make_password_links" in page.text) == (200, False, False)


def test_command_prints_a_link(host: User) -> None:
    out = StringIO()
    call_command("password_link", "otis", base="https://jam.example/", stdout=out)
    assert Client().get(out.getvalue().strip().removeprefix("https://jam.example")).status_code == 200
    User.objects.filter(pk=host.pk).update(is_active=False)
    for name in ("otis", "nobody"):
        with pytest.raises(CommandError, match="no active account"):
            call_command("password_link", name)


def test_owner_changes_the_password_and_stays_logged_in(host: User) -> None:
    browser, elsewhere = log_in(OLD), log_in(OLD)
    assert "Change your password" in browser.get("/host/").text
    wrong = browser.post(CHANGE, {"old_password": "guess", **FORM})
    assert ("field-error" in wrong.text, may_enter(OLD)) == (True, [True])
    done = browser.post(CHANGE, {"old_password": OLD, **FORM}, follow=True)
    assert "Your new password is set" in done.text
    assert [visitor.get("/host/").status_code for visitor in (browser, elsewhere)] == [200, 302]
    assert may_enter(OLD, NEW) == [False, True]
    assert LogEntry.objects.filter(object_id=host.pk, user=host).count() == 1


def test_page_to_change_the_password_is_behind_the_login(host: User) -> None:
    people = (None, make_user(), host)
    assert [browser_of(person).get(CHANGE).status_code for person in people] == [302, 302, 200]
