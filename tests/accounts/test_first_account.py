"""The first account of a new site: one link, one account, one day."""

import re
import time
from collections.abc import Callable
from io import StringIO
from types import SimpleNamespace

import httpx
import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.services.first_account import create_setup_token
from tests.builders import make_user
from tests.servers import PATIENCE, Server

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"  # of nobody


def send(token: str, **changes: str) -> tuple[int, str]:
    """Send the form as a new browser; return the status and the page."""
    form = {"username": "landlady", "password1": PASSWORD, "password2": PASSWORD, **changes}
    response = Client().post(f"/setup/{token}/", form)
    return response.status_code, response.text


def test_link_makes_an_administrator_who_is_logged_in() -> None:
    browser, address = Client(), f"/setup/{create_setup_token()}/"
    assert "Your first account" in browser.get(address).text
    response = browser.post(address, {"username": "landlady", "password1": PASSWORD, "password2": PASSWORD})
    user = User.objects.get()
    assert (user.username, user.is_superuser, user.is_staff, user.check_password(PASSWORD)) == ("landlady", *[True] * 3)
    assert (response.status_code, browser.get(response["Location"]).status_code) == (303, 200)


def test_link_works_once() -> None:
    token = str(create_setup_token())
    assert send(token)[0] == 303
    status, page = send(token, username="burglar")
    assert (status, "already has an account" in page, User.objects.count()) == (409, True, 1)


def test_link_of_another_site_is_not_found() -> None:
    forged = signing.TimestampSigner(key="guessed" * 10, salt="jamsite.first-account").sign("first")
    assert [send(token)[0] for token in (forged, "first", "x" * 3000)] == [404, 404, 404]
    assert not User.objects.exists()


def test_link_is_valid_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    token, now = str(create_setup_token()), time.time()
    for hours, status in ((24.1, 404), (23.9, 303)):
        monkeypatch.setattr(signing, "time", SimpleNamespace(time=lambda later=now + hours * 3600: later))
        assert (send(token)[0], User.objects.exists()) == (status, status == 303)


@pytest.mark.parametrize(
    "changes", [{"username": ""}, {"password2": "another"}, {"password1": "short", "password2": "short"}], ids=str
)
def test_form_with_an_error_says_so_and_makes_no_account(changes: dict[str, str]) -> None:
    status, page = send(str(create_setup_token()), **changes)
    assert (status, 'class="field-error"' in page, User.objects.exists()) == (422, True, False)


def test_site_with_an_account_gives_no_link() -> None:
    make_user()
    assert create_setup_token() is None
    with pytest.raises(CommandError):
        call_command("setup_link")


def test_command_prints_the_link() -> None:
    out = StringIO()
    call_command("setup_link", base="https://jam.example/", stdout=out)
    path = out.getvalue().strip().removeprefix("https://jam.example")
    assert Client().get(path).status_code == 200


def test_server_prints_the_link_while_there_is_no_account(start_server: Callable[..., Server]) -> None:
    output = start_server().output()
    link = output.partition("First account")[2].split()[0]
    assert link.startswith("http://127.0.0.1:")
    assert httpx.get(link, timeout=PATIENCE).status_code == 200
    phones = output.partition("On phones nearby")[2].split()
    on_a_phone = output.partition("... on a phone")[2].split()
    assert [one.partition("/setup/")[0] for one in on_a_phone[:1]] == phones[:1]


def test_form_ties_its_help_and_errors_to_the_fields() -> None:
    page = send(str(create_setup_token()), password1="short", password2="short")[1]
    named = {name for value in re.findall(r'aria-describedby="([^"]+)"', page) for name in value.split()}
    assert {"id_password1_helptext", "id_password2_error"} <= named
    assert [len(re.findall(f'id="{name}"', page)) for name in named] == [1] * len(named)
