"""A script on the same Wi-Fi keeps nobody out who can prove who they are: by a link, or by the call that they got."""

from collections.abc import Callable

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.services.passwords import build_password_url
from core.stable_names import REGISTRATION_SALT
from jams.identity.push_receipts import CallKind, sign_receipt
from jams.models import Seat
from jams.services.invitations import invite, sign_invitation
from tests.builders import make_attendee, make_band, make_jam, make_member, make_user
from venues.models import Role

pytestmark = pytest.mark.django_db
TRIES = 40  # more than an address may have: 30 links in 15 minutes


def invitation_link() -> str:
    manager = make_member(role=Role.MANAGER)
    made = invite(target=manager.venue, role=Role.HOST, user=manager.user, now=timezone.now())
    return f"/invitation/?key={sign_invitation(made)}"


def password_link() -> str:
    return build_password_url(make_user(is_staff=True), "")


def registration_link() -> str:
    return f"/account/register/confirm/?key={signing.dumps('nina@example.org', salt=REGISTRATION_SALT)}"


def spoil(link: str) -> str:
    return f"{link}x"


@pytest.fixture
def few_tries(settings: Settings) -> None:
    settings.LOGIN_ADDRESS_RATE, settings.ADDRESS_RATE, settings.REGISTRATION = "30/15m", "30/15m", True


@pytest.mark.parametrize("make_link", [invitation_link, password_link, registration_link])
@pytest.mark.usefixtures("few_tries")
def test_a_good_link_works_whatever_strangers_have_tried(make_link: Callable[[], str]) -> None:
    """Thirty senseless links from the bar's Wi-Fi kept a new co-host from accepting an invitation there."""
    link = make_link()
    script = [Client().get(spoil(link)).status_code for _ in range(TRIES)]
    assert (set(script[:30]) <= {404, 410}, set(script[30:])) == (True, {429})
    assert Client().get(link).status_code == 200
    assert Client().get(spoil(link)).status_code == 429


@pytest.mark.usefixtures("few_tries")
def test_a_locked_phone_reports_its_call_whatever_strangers_have_tried(settings: Settings) -> None:
    jam, now = make_jam(), timezone.now()
    make_band(jam=jam, people={make_attendee(jam=jam, name="Dana"): "guitar"}, status="called", called_at=now)
    seat = Seat.objects.get()

    def report(token: str) -> int:
        return Client().post(f"{jam.get_absolute_url()}me/call/delivered/{token}/").status_code

    script = [report(f"junk{number}") for number in range(TRIES)]
    assert (set(script[:30]), set(script[30:])) == ({404}, {429})
    token = sign_receipt(CallKind.SEAT, seat.pk, now)
    assert report(token) == 204
    seat.refresh_from_db()
    assert seat.delivered_at is not None
    settings.ACT_RATE = "1/m"
    assert report(token) == 429  # nobody writes that down for ever
