import re

import pytest
from django.conf import settings
from django.core.checks.registry import registry
from django.db import connection

from jamsite.checks import check_connections

HTTPS = {"HTTPS": True, "BASE_URL": "https://jam.example.org", "ALLOWED_HOSTS": ["jam.example.org"]}


@pytest.fixture
def complaints(settings):
    """The ids of our own complaints about some changed settings."""

    def check(*, deploy=False, **changes):
        for name, value in changes.items():
            setattr(settings, name, value)
        ours = [check for check in registry.get_checks(deploy) if check.__module__ == "jamsite.checks"]
        return [message.id for check in ours for message in check(app_configs=None, databases=None)]

    return check


def test_a_clean_checkout_has_nothing_to_complain_about(complaints):
    assert complaints(deploy=True) == []


def test_a_site_with_https_has_nothing_to_complain_about(complaints):
    assert complaints(**HTTPS) == []


def test_debug_on_a_public_site_is_an_error(complaints):
    assert complaints(**HTTPS, DEBUG=True) == ["jamsite.E001"]


def test_debug_at_home_is_fine(complaints):
    assert complaints(DEBUG=True) == []


def test_a_base_url_that_would_be_refused_is_an_error(complaints):
    assert complaints(**{**HTTPS, "ALLOWED_HOSTS": ["example.org"]}) == ["jamsite.E003"]


def test_https_without_a_base_url_is_warned_of(complaints):
    assert complaints(**{**HTTPS, "BASE_URL": ""}) == ["jamsite.W001"]


def test_pictures_that_browsers_would_not_show_are_warned_of(complaints):
    assert complaints(**HTTPS, MEDIA_PUBLIC_URL="http://pictures.example.org") == ["jamsite.W006"]


def test_settings_of_a_bucket_without_a_bucket_are_warned_of(complaints):
    assert complaints(MEDIA_ENDPOINT="https://s3.example.org") == ["jamsite.W007"]
    assert complaints(MEDIA_ENDPOINT="https://s3.example.org", MEDIA_BUCKET="pictures") == []


def test_a_base_url_that_disagrees_with_https_is_warned_of(complaints):
    assert complaints(**{**HTTPS, "HTTPS": False}) == ["jamsite.W002"]


def test_a_data_folder_that_is_not_there_is_an_error(complaints, tmp_path):
    assert complaints(DATA_DIR=tmp_path / "gone") == ["jamsite.E004"]


def test_a_pool_that_begins_above_its_limit_is_warned_of(complaints):
    assert complaints(DB_POOL_MIN=9, DB_POOL_MAX=8) == ["jamsite.W003"]


@pytest.mark.parametrize(("bind", "expected"), [("0.0.0.0", ["jamsite.W004"]), ("127.0.0.1", [])])
def test_a_port_that_can_be_reached_past_the_proxy_is_warned_of(complaints, bind, expected):
    assert complaints(deploy=True, TRUSTED_PROXIES=1, BIND=bind) == expected


def test_more_threads_than_connections_are_warned_of_on_postgresql(complaints):
    expected = ["jamsite.W005"] if connection.vendor == "postgresql" else []
    assert complaints(WEB_THREADS=9, DB_POOL_MIN=2, DB_POOL_MAX=8) == expected


@pytest.mark.django_db
def test_pools_larger_than_postgresql_allows_are_an_error(settings):
    settings.WEB_PROCESSES = 3
    found = []
    for settings.DB_POOL_MAX in (8, 1000):
        found.append([message.id for message in check_connections(databases=["default"])])
    assert found == ([[], ["jamsite.E005"]] if connection.vendor == "postgresql" else [[], []])


def test_every_complaint_is_in_the_docs():
    ours, documented = (
        re.findall(r"jamsite\.[EW]\d{3}", (settings.BASE_DIR / name).read_text())
        for name in ("jamsite/checks.py", "docs/configuration.md")
    )
    assert sorted(documented) == sorted(ours)
