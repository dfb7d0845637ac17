from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.identity import LAST_USED_PRECISION, find_token
from accounts.models import ApiToken, Scope
from accounts.services.api_tokens import issue_token, revoke_tokens
from tests.builders import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def issued(now):
    return issue_token(
        user=make_user(is_staff=True),
        name="Scoreboard",
        scopes=[Scope.JAMS],
        expires_at=now + timedelta(days=1),
        now=now,
    )


def test_a_token_is_known_by_its_secret_which_is_not_kept(issued, now):
    token, secret = issued
    assert find_token(secret=secret, now=now) == token
    assert secret not in str(ApiToken.objects.values().get())
    assert (secret[:4], len(secret)) == ("jam_", 47)


@pytest.mark.parametrize("wrong", ["", "jam_", "jam_x", "é"])
def test_another_secret_is_nobodys(issued, now, wrong):
    assert find_token(secret=wrong, now=now) is None


def test_the_hash_itself_opens_nothing(issued, now):
    assert find_token(secret=issued[0].digest, now=now) is None


def test_a_token_ends_with_its_time(issued, now):
    token, secret = issued
    assert find_token(secret=secret, now=token.expires_at) is None


def test_a_revoked_token_is_useless(issued, now):
    token, secret = issued
    assert (revoke_tokens(tokens=[token], now=now), revoke_tokens(tokens=[token], now=now)) == (1, 0)
    assert find_token(secret=secret, now=now) is None


def test_revoking_a_token_leaves_the_others(issued, now):
    token, secret = issued
    other, _secret = issue_token(
        user=token.user, name="Other", scopes=[Scope.JAMS], expires_at=now + timedelta(days=1), now=now
    )
    assert revoke_tokens(tokens=[other], now=now) == 1
    assert find_token(secret=secret, now=now) == token


def test_a_token_goes_with_its_users_account(issued, now):
    token, secret = issued
    token.user.is_active = False
    token.user.save()
    assert find_token(secret=secret, now=now) is None


def test_use_is_noted_once_a_minute(issued, now, django_assert_num_queries):
    token, secret = issued
    find_token(secret=secret, now=now)
    with django_assert_num_queries(2):
        find_token(secret=secret, now=now + LAST_USED_PRECISION / 2)
    token.refresh_from_db()
    assert token.last_used_at == now


@pytest.mark.parametrize("scopes", [[], ["everything"], ["jams", "jams"]])
def test_a_token_is_good_for_something_known(now, scopes):
    with pytest.raises(ValidationError):
        issue_token(user=make_user(), name="X", scopes=scopes, expires_at=now + timedelta(days=1), now=now)


def test_a_token_expires_after_its_issue(now):
    with pytest.raises(ValidationError):
        issue_token(user=make_user(), name="X", scopes=["jams"], expires_at=now, now=now)
