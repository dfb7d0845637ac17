"""Public registration: off unless a setting turns it on; an address, a link, an account that has only its own venue."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from django.contrib.auth.models import User
from django.core import mail, signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import UsedLink
from accounts.services.registration import build_registration_url, register
from core.exceptions import Conflict
from jobs.models import Job
from tests.builders import make_jam, make_song, make_user, make_venue
from tests.hosts import browser_of
from tests.jobs.work import run_jobs
from venues.models import Role, Venue

START, CONFIRM = "/account/register/", "/account/register/confirm/"
PASSWORD = "correct horse battery"  # of nobody
NEW = {"username": "nina", "password1": PASSWORD, "password2": PASSWORD}
PLACE = {"place-name": "Blue Lantern", "place-address": "1 Quay", "place-time_zone": "Europe/Berlin"}
AT_ONCE = 4

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_site(settings: Settings) -> Settings:
    """The settings of a site with open registration."""
    settings.REGISTRATION, settings.MAIL_HOST, settings.BASE_URL = True, "mail", "http://testserver"
    settings.DEFAULT_FROM_EMAIL = "jams@example.org"
    return settings


def ask(email: str, **headers: Any) -> Any:
    return Client().post(START, {"email": email}, **headers)


def link_for(email: str = "nina@example.org") -> str:
    return build_registration_url(email).removeprefix("http://testserver")


def enter() -> Client:
    """A browser in which a new account has just registered."""
    browser = Client()
    assert browser.post(link_for(), NEW).status_code == 303
    return browser


def test_registration_is_off_unless_it_is_turned_on(open_site: Settings) -> None:
    login = Client().get("/admin/login/").text
    open_site.REGISTRATION = False
    assert [START in login, START in Client().get("/admin/login/").text] == [True, False]
    answers = [Client().get(START), ask("nina@example.org"), Client().get(link_for()), Client().post(link_for(), NEW)]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert (User.objects.exists(), Job.objects.exists()) == (False, False)


def test_link_in_the_mail_makes_an_account_that_is_logged_in() -> None:
    assert "An email is on its way" in ask("Nina@example.org").text
    assert not User.objects.exists()
    run_jobs()
    (sent,) = mail.outbox
    link = re.findall(r"http://testserver(/\S+)", str(sent.body))[0]
    browser = Client()
    assert all(words in browser.get(link).text for words in ("Nina@example.org", "Create an account"))
    answer = browser.post(link, {**NEW, "is_superuser": "on", "email": "other@example.org"})
    assert (sent.to, answer.status_code, answer["Location"]) == (["Nina@example.org"], 303, "/host/")
    user = User.objects.get()
    assert (user.username, user.email, user.is_staff, user.is_superuser) == ("nina", "Nina@example.org", True, False)
    assert browser.get("/host/").status_code == 200


def test_mail_is_in_the_language_of_the_page() -> None:
    ask("nina@example.org", headers={"accept-language": "de"})
    run_jobs()
    assert mail.outbox[0].subject == "Dein Konto bei Jamsite"


def test_answer_and_work_tell_nobody_whose_address_has_an_account() -> None:
    make_user(email="otis@example.org", username="otis")
    seen = []
    for email in ("nina@example.org", "otis@example.org"):
        with CaptureQueriesContext(connection) as queries:
            page = ask(email)
        kinds = [query["sql"].split(maxsplit=1)[0] for query in queries]
        seen.append((page.status_code, re.sub(r'value="[^"]{64}"', "", page.text), kinds))
    assert seen[0] == seen[1]
    run_jobs()
    bodies = {message.to[0]: str(message.body) for message in mail.outbox}
    assert [CONFIRM in bodies["nina@example.org"], CONFIRM in bodies["otis@example.org"]] == [True, False]
    assert ("/account/password/forgotten/" in bodies["otis@example.org"], "otis" in bodies["otis@example.org"]) == (
        True,
        False,
    )


def test_mails_and_requests_are_limited(open_site: Settings) -> None:
    open_site.MAIL_RATE, open_site.LOGIN_ADDRESS_RATE = "2/h", "4/15m"
    assert [ask("nina@example.org").status_code for _number in range(5)] == [200] * 4 + [429]
    assert [Client().get(f"{CONFIRM}?key={number}").status_code for number in range(5)] == [410] * 4 + [429]
    run_jobs()
    assert len(mail.outbox) == 2


@pytest.mark.parametrize("email", ["", "nina", "nina@", "a@b\nBcc: c@d.example", f"{'n' * 250}@example.org"])
def test_what_is_no_address_gets_no_mail(email: str) -> None:
    assert (ask(email).status_code, Job.objects.exists()) == (422, False)


def test_link_works_once_and_for_its_address_alone() -> None:
    enter()
    used = [Client().get(link_for()), Client().post(link_for(), {**NEW, "username": "mallory"})]
    used.append(Client().post(link_for("NINA@example.org"), {**NEW, "username": "mallory"}))
    assert [(answer.status_code, 'href="/admin/login/"' in answer.text) for answer in used] == [(409, True)] * 3
    assert User.objects.count() == 1


def test_link_is_used_up_although_its_account_has_another_address_now() -> None:
    link = link_for()
    assert Client().post(link, NEW).status_code == 303
    User.objects.update(email="elsewhere@example.org")
    answers = [Client().get(link), Client().post(link, {**NEW, "username": "mallory"})]
    assert [(answer.status_code, f'href="{START}"' in answer.text) for answer in answers] == [(410, True)] * 2
    assert User.objects.count() == 1


def test_use_of_a_link_is_forgotten_when_it_is_too_old_to_work() -> None:
    old, now = UsedLink.objects.create(digest="a" * 64, used_at=timezone.now() - timedelta(days=1)), timezone.now()
    UsedLink.objects.create(digest="b" * 64, used_at=now - timedelta(hours=23))
    register(key=unquote(link_for()).partition("key=")[2], username="nina", password=PASSWORD, now=now)
    assert (UsedLink.objects.count(), UsedLink.objects.filter(pk=old.pk).exists()) == (2, False)


def test_link_is_valid_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    link, now = link_for(), time.time()
    for hours, status in ((24.1, 410), (23.9, 303)):
        monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda later=now + hours * 3600: later))
        assert Client().post(link, NEW).status_code == status


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x" * 3000,
        signing.dumps("nina@example.org", salt="jamsite.invitation"),
        signing.dumps("nina@example.org", key="guessed" * 10, salt="jamsite.registration"),
    ],
    ids=["empty", "long", "for another purpose", "of another site"],
)
def test_foreign_key_is_refused(key: str) -> None:
    answer = Client().post(f"{CONFIRM}?key={key}", NEW)
    assert (answer.status_code, f'href="{START}"' in answer.text, User.objects.exists()) == (410, True, False)


@pytest.mark.parametrize(
    "changes",
    [
        {"username": "OTIS"},
        {"username": "a b"},
        {"password2": "another"},
        {"password1": "short", "password2": "short"},
        {"password1": "nina@example.org", "password2": "nina@example.org"},
    ],
    ids=["taken", "odd", "mistyped", "short", "the address"],
)
def test_odd_name_or_weak_password_keeps_the_link(changes: dict[str, str]) -> None:
    make_user(username="otis")
    assert Client().post(link_for(), {**NEW, **changes}).status_code == 422
    assert Client().post(link_for(), NEW).status_code == 303


@pytest.mark.django_db(transaction=True)
def test_two_requests_with_one_link_make_one_account() -> None:
    key, start = unquote(link_for()).partition("key=")[2], Barrier(AT_ONCE)

    def use(number: int) -> bool:
        start.wait()
        try:
            register(key=key, username=f"nina{number}", password=PASSWORD, now=timezone.now())
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(use, range(AT_ONCE))) == [False] * (AT_ONCE - 1) + [True]
    assert User.objects.count() == 1


def test_new_account_has_only_a_venue_to_add() -> None:
    venue, jam, song = make_venue(), make_jam(), make_song()
    browser = enter()
    user = User.objects.get(username="nina")
    assert user.get_all_permissions() == {"venues.add_venue"}
    page = browser.get("/host/")
    home = page.text
    assert page.context["steps"].venues is False  # those of others are none to plan a night at
    assert ("/host/venues/new/" in home, "Name your venue first." in home, "isn't allowed" in home) == (
        True,
        True,
        False,
    )
    table = {
        "/host/nights/new/": 403,
        "/host/series/new/": 403,
        f"/host/venues/{venue.slug}/edit/": 404,
        f"/host/venues/{venue.slug}/team/": 404,
        f"/host/{jam.slug}/": 404,
        f"/host/{jam.slug}/report/": 404,
        "/admin/venues/venue/": 403,
        "/admin/venues/venue/add/": 403,
        f"/admin/venues/venue/{venue.pk}/change/": 403,
        "/admin/jams/jam/": 403,
        "/admin/songs/song/add/": 403,
        f"/admin/songs/song/{song.pk}/change/": 403,
        "/admin/songs/song/import/": 403,
        "/admin/auth/user/": 403,
        "/admin/accounts/apitoken/": 403,
        "/admin/dashboard/": 403,
        "/admin/export/": 403,
    }
    assert {address: browser.get(address).status_code for address in table} == table
    index = browser.get("/admin/")
    assert (index.status_code, index.context["app_list"]) == (200, [])


def test_new_account_runs_its_own_venue_and_no_other() -> None:
    other = make_venue(name="Attic")
    browser = enter()
    assert browser.post("/host/venues/new/", PLACE).status_code == 303
    venue = Venue.objects.get(name="Blue Lantern")
    assert [(member.user.username, member.role) for member in venue.team.select_related("user")] == [
        ("nina", Role.MANAGER)
    ]
    page = browser.get("/host/nights/new/")
    assert (page.status_code, "Blue Lantern" in page.text, "Attic" in page.text) == (200, True, False)
    edit = [browser.get(f"/host/venues/{place.slug}/edit/").status_code for place in (venue, other)]
    admin = [browser.get(f"/admin/venues/venue/{place.pk}/delete/").status_code for place in (venue, other)]
    assert (edit, admin) == ([200, 404], [403, 403])


def test_account_adds_ten_venues_a_day() -> None:
    browser = enter()
    sent = [browser.post("/host/venues/new/", {**PLACE, "place-name": f"Place {number}"}) for number in range(11)]
    assert [answer.status_code for answer in sent] == [303] * 10 + [429]
    assert Venue.objects.count() == 10


def test_managers_add_songs_but_change_none_while_registration_is_open(open_site: Settings) -> None:
    song = make_song()
    browser = enter()
    browser.post("/host/venues/new/", PLACE)
    change = f"/admin/songs/song/{song.pk}/change/"
    pages = [browser.get("/admin/songs/song/add/"), browser.post(change, {"title": "Mine"})]
    assert [page.status_code for page in pages] == [200, 403]
    open_site.REGISTRATION = False
    assert browser_of(User.objects.get(username="nina")).get(change).context["has_change_permission"] is True
