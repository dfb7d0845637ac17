from datetime import timedelta

import pytest
from django.urls import path
from django.utils import timezone
from ninja import NinjaAPI

from core.api import versioning
from core.api.versioning import Retirement
from core.version import VERSION
from jamsite.urls import handler404  # noqa: F401  (a test address book has both)
from jamsite.urls import urlpatterns as current

old = NinjaAPI(version="0", urls_namespace="api-v0", docs_url=None)


@old.get("/jams")
def old_jams(request):
    return {"old": True}


urlpatterns = [path("api/v0/", old.urls), *current]


@pytest.fixture
def retired(settings, monkeypatch):
    """Retire version 0, which this module serves; returns a function that takes the days until its end."""
    settings.ROOT_URLCONF = __name__
    now = timezone.now().replace(microsecond=0)

    def retire(days):
        retirement = Retirement(deprecated_at=now - timedelta(days=30), sunset_at=now + timedelta(days=days))
        monkeypatch.setitem(versioning.RETIREMENTS, "v0", retirement)
        return retirement

    return retire


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/v1/jams", "/api/v1/nope", "/api/v1/openapi.json", "/api/jams"])
def test_every_answer_of_the_api_names_the_release(client, address):
    """Also one that is kept, which a process sends again without Django."""
    answers = [client.get(address)["Jamsite-Version"] for _ in range(2)]
    assert answers == [VERSION, VERSION]


@pytest.mark.django_db
def test_pages_do_not_name_the_release_in_a_header(client):
    assert "Jamsite-Version" not in client.get("/about/")


def test_an_old_version_says_when_it_ends(client, retired):
    retirement = retired(days=60)
    response = client.get("/api/v0/jams")
    assert (response.status_code, response.json()) == (200, {"old": True})
    assert response["Deprecation"] == f"@{retirement.deprecated_at.timestamp():.0f}"
    assert response["Sunset"] == retirement.sunset_at.strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert response["Link"] == '</api/v1/docs>; rel="successor-version"'


def test_its_errors_say_so_too(client, retired):
    retired(days=60)
    response = client.get("/api/v0/nope")
    assert (response.status_code, "Deprecation" in response) == (404, True)


def test_after_its_end_it_is_gone(client, retired):
    retired(days=-1)
    response = client.get("/api/v0/jams")
    assert (response.status_code, response["Content-Type"]) == (410, "application/problem+json")


def test_the_current_version_is_not_on_its_way_out(client, retired):
    retired(days=60)
    assert "Deprecation" not in client.get("/api/v1/openapi.json")


@pytest.mark.parametrize(
    "rest", ["jams", "jams/by-slug/x", "songs?q=a%26b&page=2", "venues/attic", "jams//evil.example", "jams?x=%0d%0a"]
)
def test_an_address_without_a_version_leads_to_the_current_one(client, rest):
    response = client.get(f"/api/{rest}")
    assert (response.status_code, response["Location"]) == (308, f"/api/v1/{rest}")


def test_a_write_is_led_on_too(client):
    response = client.put("/api/jams/a/entries/1/vote")
    assert (response.status_code, response["Location"]) == (308, "/api/v1/jams/a/entries/1/vote")
