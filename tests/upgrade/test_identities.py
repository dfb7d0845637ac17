"""After an update everybody is who they were: what an earlier release gave out still works.

Each file beside this one was recorded when its release went out (`python -m tests.upgrade.record`) and never changes. A
test that fails here means that an update would make strangers of phones, log hosts out, or count somebody twice.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ApiToken, Scope
from jams.identity.stage_link import derive_stage_key
from jams.models import Attendee, Jam, MoveCode
from jams.services.device_transfer import move_to_device
from jams.services.room_code import get_room_code
from tests.builders import make_attendee, make_entry, make_jam, make_vote

pytestmark = pytest.mark.django_db
RECORDS = sorted(Path(__file__).parent.glob("*.json"))


@pytest.fixture(params=RECORDS, ids=lambda path: path.stem)
def given(request: pytest.FixtureRequest, settings: Settings) -> dict[str, Any]:
    """What a release gave out, on a site that has the same key still."""
    record: dict[str, Any] = json.loads(request.param.read_text())
    settings.SECRET_KEY = record["secret_key"]
    return record


@pytest.fixture
def jam(given: dict[str, Any]) -> Jam:
    return make_jam(pk=given["jam"])


@pytest.fixture
def dana(given: dict[str, Any], jam: Jam) -> Attendee:
    """The musician of the phone, as the release stored her."""
    return make_attendee(jam=jam, name="Dana", browser=given["phone"]["stored"])


@pytest.fixture
def anna(given: dict[str, Any]) -> User:
    host = {"pk": given["host"]["pk"], "password": given["host"]["password"]}
    return User.objects.create(username="anna", is_staff=True, is_superuser=True, **host)


def test_phone_keeps_its_name_and_its_hearts(given: dict[str, Any], dana: Attendee) -> None:
    phone, entry = Client(), make_entry(jam=dana.jam)
    make_vote(entry=entry, attendee=dana)
    phone.cookies["jamsite"] = given["phone"]["cookie"]
    page, address = phone.get(dana.jam.get_absolute_url()), f"{dana.jam.get_absolute_url()}songs/{entry.pk}/vote/"
    assert "Dana" in page.text
    assert phone.put(address).status_code == 200
    assert (entry.votes.count(), Attendee.objects.count()) == (1, 1)
    assert phone.delete(address).status_code == 200
    assert entry.votes.count() == 0


def test_host_stays_logged_in(given: dict[str, Any], anna: User) -> None:
    browser, host = Client(), given["host"]
    expires = timezone.now() + timedelta(days=1)
    Session.objects.create(session_key=host["cookie"], session_data=host["stored"], expire_date=expires)
    browser.cookies["sessionid"] = host["cookie"]
    answer = browser.get("/host/")
    assert (answer.status_code, answer.context["user"]) == (200, anna)


def test_program_keeps_its_token(given: dict[str, Any], anna: User, jam: Jam) -> None:
    token, expires = given["program"], timezone.now() + timedelta(days=1)
    ApiToken.objects.create(user=anna, name="Program", digest=token["stored"], scopes=Scope.values, expires_at=expires)
    headers = {"Authorization": f"Bearer {token['token']}"}
    assert Client().get(f"/api/v1/jams/{jam.slug}/report", headers=headers).status_code == 200


def test_codes_that_were_told_still_work(given: dict[str, Any], dana: Attendee) -> None:
    code, now = given["move_code"], timezone.now()
    MoveCode.objects.create(attendee=dana, digest=code["stored"], expires_at=now + timedelta(minutes=5))
    assert move_to_device(jam=dana.jam, code=code["code"], browser="another phone", now=now) == dana
    dana.jam.room_secret = given["room_code"]["stored"]
    at = datetime.fromisoformat(given["room_code"]["at"])
    assert get_room_code(dana.jam, now=at) == given["room_code"]["code"]
    assert derive_stage_key(dana.jam) == given["television"]["key"]
