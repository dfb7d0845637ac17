import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity import find_token
from accounts.models import ApiToken
from accounts.services.api_tokens import issue_token
from tests.builders import make_user

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/apitoken/"


@pytest.fixture
def admin(client):
    user = make_user(is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def asked(user, **changes):
    return {"name": "Board", "user": user.pk, "scopes": ["jams"], **changes} | {
        "expires_at_0": "2099-01-01",
        "expires_at_1": "00:00:00",
    }


def test_an_administrator_issues_a_token_and_sees_it_once(client, admin):
    page = client.post(f"{LIST}add/", asked(admin), follow=True).content.decode()
    [secret] = re.findall(r"jam_[\w-]{43}", page)
    assert find_token(secret=secret, now=timezone.now()) == ApiToken.objects.get()
    assert "jam_" not in client.get(LIST).content.decode()


def test_a_token_without_a_scope_is_not_issued(client, admin):
    response = client.post(f"{LIST}add/", asked(admin, scopes=[]))
    assert (response.status_code, ApiToken.objects.count()) == (200, 0)


def test_an_administrator_revokes_a_token(client, admin):
    now = timezone.now()
    token, secret = issue_token(user=admin, name="X", scopes=["jams"], expires_at=now + timedelta(days=1), now=now)
    client.post(LIST, {"action": "revoke_tokens", "_selected_action": [token.pk]})
    assert find_token(secret=secret, now=now) is None


def test_a_token_is_not_changed(client, admin):
    now = timezone.now()
    token, _secret = issue_token(user=admin, name="X", scopes=["jams"], expires_at=now + timedelta(days=1), now=now)
    assert client.post(f"{LIST}{token.pk}/change/", asked(admin, name="Y")).status_code == 403


def test_hosts_do_not_see_tokens(client):
    client.force_login(make_user(is_staff=True))
    assert [client.get(path).status_code for path in (LIST, f"{LIST}add/")] == [403, 403]


def test_strangers_are_asked_to_log_in(client):
    assert client.get(LIST).status_code == 302
