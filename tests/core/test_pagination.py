import pytest

from core.exceptions import ActionError
from core.http.statuses import get_status
from core.pagination import Page, paginate
from songs.models import Song
from tests.builders import make_song

pytestmark = pytest.mark.django_db


def titles(page: Page[Song]) -> list[str]:
    return [song.title for song in page.rows]


@pytest.fixture
def songs():
    for title in "abcde":
        make_song(title=title)
    return Song.objects.order_by("title", "pk")


def test_the_first_page_knows_that_another_follows(songs):
    page = paginate(songs, "", size=2)
    assert (titles(page), page.number, page.previous, page.next) == (["a", "b"], 1, None, 2)


def test_the_last_page_holds_the_rest(songs):
    page = paginate(songs, "3", size=2)
    assert (titles(page), page.number, page.previous, page.next) == (["e"], 3, 2, None)


def test_a_list_that_fills_its_pages_exactly_has_no_empty_last_page(songs):
    page = paginate(songs, "1", size=5)
    assert (titles(page), page.next) == (["a", "b", "c", "d", "e"], None)


def test_the_first_page_of_nothing_is_empty():
    page = paginate(Song.objects.all(), "1", size=2)
    assert (page.rows, page.previous, page.next) == ([], None, None)


def test_a_page_reads_its_rows_in_one_query(songs, django_assert_num_queries):
    with django_assert_num_queries(1):
        paginate(songs, "2", size=2)


@pytest.mark.parametrize(
    ("number", "status"),
    [("4", 404), ("9999", 404), ("10000", 404), ("9" * 5000, 404)]
    + [(number, 400) for number in ("0", "0000", "-1", "1.5", "two", " 1", "²", "٣")],
)
def test_a_page_that_is_not_there_is_refused(songs, number, status):
    with pytest.raises(ActionError) as refused:
        paginate(songs, number, size=2)
    assert get_status(refused.value) == status
