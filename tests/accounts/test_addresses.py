"""The email address of an account: its owner asks for it with the password, and a link in a mail confirms it."""

import re
import time
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core import mail, signing
from django.test import Client
from pytest_django import Settings

from accounts.services.addresses import build_address_url, mark_state
from jobs.models import Job
from tests.builders import make_user
from tests.hosts import browser_of
from tests.jobs.work import run_jobs

pytestmark = pytest.mark.django_db

CHANGE, CONFIRM = "/account/email/", "/account/email/confirm/"
PASSWORD = "correct horse battery"  # of nobody
NEW = "otis@new.example.org"


@pytest.fixture
def host() -> User:
    return make_user(username="otis", email="otis@example.org", password=PASSWORD, is_staff=True)


@pytest.fixture(autouse=True)
def mailing(settings: Settings) -> Settings:
    """The settings of a site that sends mail."""
    settings.MAIL_HOST, settings.BASE_URL, settings.DEFAULT_FROM_EMAIL = "mail", "http://testserver", "jams@example.org"
    return settings


def ask(browser: Client, email: str = NEW, password: str = PASSWORD) -> int:
    return browser.post(CHANGE, {"email": email, "password": password}).status_code


def link_for(user: User, email: str = NEW) -> str:
    return build_address_url(user, email, mark_state(user)).removeprefix("http://testserver")


def get_address(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def test_link_in_the_mail_sets_the_address_once(host: User) -> None:
    browser = browser_of(host)
    assert (CHANGE in browser.get("/host/").text, host.email in browser.get(CHANGE).text) == (True, True)
    assert ask(browser) == 200
    run_jobs()
    (sent,) = mail.outbox
    link = re.findall(r"http://testserver(/\S+)", str(sent.body))[0]
    page = Client().get(link)  # a program that opens links changes nothing
    assert (sent.to, NEW in page.text, get_address(host)) == ([NEW], True, "otis@example.org")
    assert Client().post(link).status_code == 200
    assert get_address(host) == NEW
    assert [Client().get(link).status_code, Client().post(link).status_code] == [410, 410]
    assert LogEntry.objects.filter(object_id=host.pk, user=host).count() == 1


def test_link_stays_void_when_the_old_address_comes_back(host: User) -> None:
    used, unused = link_for(host), link_for(host, "mallory@example.org")
    assert Client().post(used).status_code == 200
    host.refresh_from_db()
    assert Client().post(link_for(host, "otis@example.org")).status_code == 200
    assert [Client().post(link).status_code for link in (used, unused)] == [410, 410]
    assert get_address(host) == "otis@example.org"


def test_old_address_is_told_of_the_new_one(host: User, mailing: Settings) -> None:
    nobody = make_user(username="nora", email="", password=PASSWORD, is_staff=True)
    for user in (host, nobody):  # without an old address there is nobody to tell
        assert Client().post(link_for(user), headers={"accept-language": "de"}).status_code == 200
    run_jobs()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["otis@example.org"], "Dein Konto bei Jamsite")
    assert [words in str(sent.body) for words in ("otis", "http://testserver", NEW)] == [True, True, False]
    mailing.MAIL_HOST = ""
    host.refresh_from_db()
    assert Client().post(link_for(host, "otis@third.example.org")).status_code == 200
    assert not Job.objects.filter(status="READY").exists()


def test_address_takes_the_password_and_a_login(host: User, mailing: Settings) -> None:
    mailing.LOGIN_ACCOUNT_RATE = "2/15m"
    browser = browser_of(host)
    assert [ask(browser, password=guess) for guess in ("guess", "", PASSWORD)] == [422, 422, 429]
    assert [ask(browser_of(person)) for person in (None, make_user())] == [302, 302]
    assert not Job.objects.exists()


def test_site_without_mail_asks_for_no_address(host: User, mailing: Settings) -> None:
    mailing.MAIL_HOST = ""
    browser = browser_of(host)
    assert (CHANGE in browser.get("/host/").text, "send email" in browser.get(CHANGE).text) == (False, True)
    assert (ask(browser), Job.objects.exists()) == (200, False)


def test_late_mail_has_no_link_after_another_password(host: User) -> None:
    assert ask(browser_of(host)) == 200
    end_by_password(host)
    run_jobs()
    assert mail.outbox == []


def test_mails_to_one_address_are_limited(host: User, mailing: Settings) -> None:
    mailing.MAIL_RATE = "1/h"
    assert [ask(browser_of(host)) for _number in range(2)] == [200, 200]
    run_jobs()
    assert len(mail.outbox) == 1


def end_by_address(host: User) -> None:
    User.objects.filter(pk=host.pk).update(email="another@example.org")


def end_by_password(host: User) -> None:
    host.set_password("another one of mine")
    host.save()


def end_by_block(host: User) -> None:
    User.objects.filter(pk=host.pk).update(is_active=False)


def end_by_deletion(host: User) -> None:
    host.delete()


@pytest.mark.parametrize("end", [end_by_address, end_by_password, end_by_block, end_by_deletion])
def test_address_link_ends(host: User, end: Callable[[User], None]) -> None:
    link = link_for(host)
    end(host)
    answers = [Client().get(link), Client().post(link)]
    assert [(answer.status_code, f'href="{CHANGE}"' in answer.text) for answer in answers] == [(410, True)] * 2
    assert not User.objects.filter(email=NEW).exists()


def test_address_link_is_valid_for_a_day(host: User, monkeypatch: pytest.MonkeyPatch) -> None:
    link, now = link_for(host), time.time()
    for hours, status in ((24.1, 410), (23.9, 200)):
        monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda later=now + hours * 3600: later))
        assert Client().post(link).status_code == status


def test_foreign_address_link_is_refused(host: User) -> None:
    values = [host.pk, host.email, NEW]
    forged = signing.dumps(values, key="guessed" * 10, salt="jamsite.address")
    borrowed = signing.dumps(values, salt="jamsite.registration")
    bent = unquote(link_for(host)).partition("key=")[2].swapcase()
    assert {Client().post(f"{CONFIRM}?key={key}").status_code for key in ("", forged, borrowed, bent)} == {410}
    assert get_address(host) == "otis@example.org"
