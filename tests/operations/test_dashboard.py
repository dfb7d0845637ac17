import re

import pytest
from django.urls import reverse

from core import metrics
from operations.live_metrics import metrics_recorder
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


def test_dashboard_has_no_inline_styles_or_scripts(administrator):
    page = administrator.get(ADDRESS).content.decode()
    content = page[page.index('id="dashboard"') :]
    assert [word for word in (" style=", " onclick=", "<style") if word in content] == []


def test_dashboard_sends_htmx_only_its_content_in_five_queries(administrator, django_assert_num_queries):
    with django_assert_num_queries(5):
        page = administrator.get(ADDRESS, headers={"HX-Request": "true"}).content.decode()
    assert (page.count("<polyline"), "<html" in page) == (9, False)


def test_admin_links_to_the_dashboard_only_for_administrators(administrator):
    pages = [
        browser.get(reverse("admin:index")).content.decode() for browser in (administrator, browser_of(make_host()))
    ]
    assert [f'<a href="{ADDRESS}">' in page for page in pages] == [True, False]
