import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core import metrics
from operations import dashboard, health
from operations.live_metrics import metrics_recorder
from operations.models import Backup
from tests.builders import make_user
from tests.hosts import browser_of, make_host
from tests.jobs import work

pytestmark = pytest.mark.django_db
ADDRESS = reverse("operations:dashboard")


@pytest.fixture
def administrator():
    return browser_of(make_user(is_staff=True, is_superuser=True))


def test_dashboard_is_only_for_administrators(administrator):
    assert [browser_of(user).get(ADDRESS).status_code for user in (make_host(), None)] == [403, 302]
    assert administrator.get(ADDRESS).status_code == 200


def test_dashboard_shows_plots_and_jobs(administrator):
    metrics.record_response(view="tests:slow", method="GET", status=200, seconds=9, queries=1)
    metrics_recorder.record(now=metrics_recorder.hour.at or 1.0)
    work.echo.enqueue("la")
    page = administrator.get(ADDRESS).content.decode()
    assert page.count("<polyline") == 9
    assert re.search(r"<dt>Ready</dt>\s*<dd>1</dd>", page)


def test_dashboard_tells_what_needs_care(administrator, monkeypatch):
    parts = {
        **dict.fromkeys(["database", "migrations", "counters", "channel_layer", "worker"], "ok"),
        "cache": "degraded",
    }
    monkeypatch.setattr(health, "check_parts", lambda: parts)
    monkeypatch.setattr(dashboard, "read_free_disk", lambda: 0.05)
    Backup.objects.create(at=timezone.now() - timedelta(hours=40), file="a")
    page = administrator.get(ADDRESS).content.decode()
    bad = re.findall(r'class="bad"><dt>([^<]+)</dt><dd>([^<]+)</dd>', page)
    assert bad == [("Cache", "Not available"), ("Last backup", "40 hours ago"), ("Free disk space", "5%")]


def test_dashboard_without_a_backup_says_so(administrator):
    assert "<dt>Last backup</dt><dd>None.</dd>" in administrator.get(ADDRESS).content.decode()


def test_dashboard_has_no_inline_styles_or_scripts(administrator):
    page = administrator.get(ADDRESS).content.decode()
    content = page[page.index('id="dashboard"') :]
    assert [word for word in (" style=", " onclick=", "<style") if word in content] == []


def test_dashboard_sends_htmx_only_its_content_in_six_queries(administrator, django_assert_num_queries):
    with django_assert_num_queries(6):
        page = administrator.get(ADDRESS, headers={"HX-Request": "true"}).content.decode()
    assert (page.count("<polyline"), "<html" in page) == (9, False)


def test_admin_links_to_the_dashboard_only_for_administrators(administrator):
    pages = [
        browser.get(reverse("admin:index")).content.decode() for browser in (administrator, browser_of(make_host()))
    ]
    assert [f'<a href="{ADDRESS}">' in page for page in pages] == [True, False]
