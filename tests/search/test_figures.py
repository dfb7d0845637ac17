from datetime import timedelta

import pytest
from django.utils import timezone

from search.figures import DAYS, HEIGHT, read
from search.services import note_choice, note_search
from tests.builders import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def searched():
    now = timezone.now()
    for text, results in [("love", 3), ("love", 3), ("zappa", 0)]:
        note_search(text=text, results=results, now=now)
    note_choice(text="love", now=now)
    note_search(text="old", results=0, now=now - timedelta(days=DAYS))
    return now


def test_the_figures_tell_what_is_wanted_and_what_is_missing(searched):
    figures = read(now=searched)
    love = {"words": "love", "asked": 2, "found": 3, "chosen": 1}
    zappa = {"words": "zappa", "asked": 1, "found": 0, "chosen": 0}
    assert (figures.total, figures.top, figures.wanting) == (3, [love, zappa], [zappa])
    assert [(bar.searches, bar.height) for bar in figures.bars] == [(0, 0)] * (DAYS - 1) + [(3, HEIGHT)]


@pytest.mark.parametrize("rows", [1, 30])
def test_the_figures_cost_three_queries(django_assert_num_queries, rows):
    for number in range(rows):
        note_search(text=f"song {number}", results=0, now=timezone.now())
    with django_assert_num_queries(3):
        assert len(read(now=timezone.now()).wanting) == min(rows, 20)


@pytest.mark.parametrize(
    ("staff", "status"), [(True, 200), (False, 302), (None, 302)], ids=["host", "somebody", "stranger"]
)
def test_the_page_is_for_hosts_and_administrators(client, searched, staff, status):
    if staff is not None:
        client.force_login(make_user(is_staff=staff))
    response = client.get("/search/wanted/")
    assert (response.status_code, b"zappa" in response.content) == (status, status == 200)
