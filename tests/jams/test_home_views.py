import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.utils import timezone

from jams.models import EntryStatus, Jam, JamStatus
from jams.views.home import JAMS_ON_HOME, list_today_and_later
from tests.builders import make_entry, make_jam, make_song, make_venue

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)  # 01:00 on the 28th in Auckland, 04:00 on the 27th in Los Angeles


@pytest.fixture
def auckland():
    return make_venue(name="Harbour", slug="harbour", time_zone="Pacific/Auckland")


@pytest.fixture
def los_angeles():
    return make_venue(name="Canyon", slug="canyon", time_zone="America/Los_Angeles")


def coming_jam(starts_at: datetime, **values) -> Jam:
    return make_jam(starts_at=starts_at, status=JamStatus.SCHEDULED, **values)


def past_jam(starts_at: datetime, **values) -> Jam:
    return make_jam(starts_at=starts_at, status=JamStatus.ENDED, **values)


class _Links(HTMLParser):
    """Collects the jams that a page links to, in order, each once."""

    def __init__(self) -> None:
        super().__init__()
        self.jams: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a" and href.startswith("/jams/jam-") and href not in self.jams:
            self.jams.append(href)


def jams_on(response) -> list[str]:
    links = _Links()
    links.feed(response.content.decode())
    return links.jams


def addresses(*jams: Jam) -> list[str]:
    return [jam.get_absolute_url() for jam in jams]


# -- Today ------------------------------------------------------------------------------------------------


def test_today_is_the_day_at_the_venue(auckland, los_angeles):
    tonight_there = coming_jam(datetime(2026, 11, 28, 7, tzinfo=UTC), venue=auckland)  # the 28th, 20:00
    coming_jam(datetime(2026, 11, 27, 7, tzinfo=UTC), venue=auckland, ends_at=NOON)  # the 27th, 20:00: yesterday
    tonight_here = coming_jam(datetime(2026, 11, 28, 4, tzinfo=UTC), venue=los_angeles)  # the 27th, 20:00
    coming_jam(datetime(2026, 11, 28, 9, tzinfo=UTC), venue=los_angeles)  # the 28th, 01:00: tomorrow
    assert list_today_and_later(NOON)[0] == [tonight_here, tonight_there]


def test_today_can_differ_between_venues(auckland, los_angeles):
    moment = datetime(2026, 11, 28, 8, 30, tzinfo=UTC)  # the 28th, 21:30, and the 28th, 00:30
    in_auckland, in_los_angeles = coming_jam(moment, venue=auckland), coming_jam(moment, venue=los_angeles)
    assert [jam.is_today(NOON) for jam in (in_auckland, in_los_angeles)] == [True, False]


def test_today_includes_a_jam_past_midnight(auckland):
    late = coming_jam(NOON - timedelta(hours=2), venue=auckland)  # the 27th, 23:00, and nobody opened it yet
    assert list_today_and_later(NOON)[0] == [late]


def test_today_includes_a_jam_that_overruns(auckland):
    overrun = make_jam(venue=auckland, starts_at=NOON - timedelta(hours=5))  # over since an hour ago, and live
    assert list_today_and_later(NOON)[0] == [overrun]


def test_today_excludes_an_ended_jam(auckland):
    past_jam(NOON - timedelta(minutes=30), venue=auckland)
    assert list_today_and_later(NOON)[0] == []


def test_today_starts_with_jams_on_now(auckland):
    later = coming_jam(NOON + timedelta(hours=3), venue=auckland)
    sooner = coming_jam(NOON + timedelta(hours=1), venue=auckland)
    opened_early = make_jam(venue=auckland, starts_at=NOON + timedelta(hours=2))
    paused = make_jam(starts_at=NOON - timedelta(hours=1), status=JamStatus.PAUSED)
    assert list_today_and_later(NOON)[0] == [paused, opened_early, sooner, later]


# -- Home -------------------------------------------------------------------------------------------------


def test_home_lists_todays_jams_then_upcoming_ones(client):
    now = timezone.now()
    later, sooner = coming_jam(now + timedelta(days=9)), coming_jam(now + timedelta(days=8))
    live = make_jam()
    assert jams_on(client.get("/")) == addresses(live, sooner, later)


def test_home_without_jams_today_names_the_next_one(client):
    coming_jam(timezone.now() + timedelta(days=5), name="Fado Meets Funk")
    page = client.get("/").content.decode()
    assert ("No jams today" in page, page.count("Fado Meets Funk")) == (True, 2)


def test_home_of_an_empty_site_says_so(client):
    page = client.get("/").content.decode()
    assert ("No jams today" in page, "Nothing planned yet" in page) == (True, True)


def test_home_shows_at_most_six_upcoming_jams(client):
    now = timezone.now()
    jams = [coming_jam(now + timedelta(days=day)) for day in range(3, 11)]
    assert jams_on(client.get("/")) == addresses(*jams[:6])


def test_home_is_bounded_however_many_jams_are_today(client):
    for _ in range(JAMS_ON_HOME + 1):
        make_jam()
    response = client.get("/")
    assert (len(jams_on(response)), "All upcoming jams" in response.content.decode()) == (JAMS_ON_HOME, True)


def test_home_does_not_list_a_jam_twice(client):
    jam = coming_jam(timezone.now() + timedelta(minutes=1), ends_at=timezone.now() + timedelta(hours=1))
    page = client.get("/").content.decode()
    assert page.count(f'href="{jam.get_absolute_url()}"') == 1


@pytest.mark.parametrize("rows", [1, 30])
def test_home_takes_one_query(client, django_assert_num_queries, rows):
    for day in range(rows):
        make_entry(jam=make_jam())
        make_entry(jam=coming_jam(timezone.now() + timedelta(days=3 + day)))
    with django_assert_num_queries(1):
        client.get("/")


# -- All jams ---------------------------------------------------------------------------------------------


@pytest.fixture
def three(auckland, los_angeles):
    """A past, a live and a coming jam; the live one is elsewhere."""
    now = timezone.now()
    return (
        past_jam(now - timedelta(days=9), venue=auckland),
        make_jam(venue=los_angeles),
        coming_jam(now + timedelta(days=9), venue=auckland),
    )


def test_list_shows_what_is_on_then_upcoming_soonest_first_then_past(client, three, auckland):
    past, live, coming = three
    opened_early = make_jam(venue=auckland, starts_at=timezone.now() + timedelta(days=20))
    sooner, older = coming_jam(timezone.now() + timedelta(days=2)), past_jam(timezone.now() - timedelta(days=90))
    response = client.get("/jams/")
    assert jams_on(response) == addresses(live, opened_early, sooner, coming, past, older)
    assert re.findall("<h2>(.*)</h2>", response.text) == ["On now", "Upcoming", "Past"]


def test_list_shows_the_latest_past_jams_after_the_last_upcoming_one(client, auckland):
    now = timezone.now()
    coming = [coming_jam(now + timedelta(days=1 + day), venue=auckland) for day in range(25)]
    past = [past_jam(now - timedelta(days=1 + day), venue=auckland) for day in range(13)]
    first, second = client.get("/jams/?venue=harbour"), client.get("/jams/?venue=harbour&page=2")
    assert (jams_on(first), jams_on(second)) == (addresses(*coming[:24]), addresses(coming[24], *past[:12]))
    assert 'href="?when=past&amp;venue=harbour"' in second.text


def test_list_row_shows_venue_local_time_state_and_songs(client, auckland):
    jam = past_jam(datetime(2025, 11, 27, 7, 30, tzinfo=UTC), venue=auckland, name="Opening Night")
    make_entry(jam=jam)
    make_entry(jam=jam, status=EntryStatus.HIDDEN)
    page = client.get("/jams/").content.decode()
    told = ["Opening Night", "Harbour", "20:30 NZDT", "Nov 2025", ">ended<", ">1 song", "2025-11-27T20:30:00+13:00"]
    assert [word for word in told if word not in page] == []


@pytest.mark.parametrize(
    ("status", "starts_in", "ends_in", "word"),
    [
        (JamStatus.LIVE, -1, 2, ">live<"),
        (JamStatus.PAUSED, -1, 2, ">on a break<"),
        (JamStatus.ENDED, -1, 2, ">ended<"),
        (JamStatus.SCHEDULED, 1, 2, ">upcoming<"),
        (JamStatus.SCHEDULED, -1, 2, ">not open yet<"),
        (JamStatus.SCHEDULED, -2, -1, ">ended<"),
    ],
)
def test_list_row_shows_the_status(client, status, starts_in, ends_in, word):
    now = timezone.now()
    make_jam(status=status, starts_at=now + timedelta(hours=starts_in), ends_at=now + timedelta(hours=ends_in))
    badge = client.get("/jams/").content.decode().partition('class="badge')[2].partition("/span>")[0]
    assert badge.endswith(word)


def test_list_filters_by_venue(client, three):
    past, _, coming = three
    assert jams_on(client.get("/jams/?venue=harbour")) == addresses(coming, past)


def test_list_filters_upcoming_jams_soonest_first(client, three):
    _, live, coming = three
    assert jams_on(client.get("/jams/?when=coming")) == addresses(live, coming)


def test_list_filters_past_jams(client, three):
    never_opened = coming_jam(timezone.now() - timedelta(days=1))
    assert jams_on(client.get("/jams/?when=past")) == addresses(never_opened, three[0])


def test_list_counts_a_jam_left_open_as_past(client):
    left_open = make_jam(starts_at=timezone.now() - timedelta(days=2))
    assert [jams_on(client.get(f"/jams/?when={when}")) for when in ("coming", "past")] == [[], addresses(left_open)]


def test_list_filters_by_date_at_the_venue(client, auckland, los_angeles):
    in_auckland = past_jam(datetime(2026, 11, 27, 7, tzinfo=UTC), venue=auckland)  # the 27th, 20:00
    in_los_angeles = past_jam(datetime(2026, 11, 28, 4, tzinfo=UTC), venue=los_angeles)  # the 27th, 20:00
    past_jam(datetime(2026, 11, 27, 11, tzinfo=UTC), venue=auckland)  # the 28th, 00:00
    past_jam(datetime(2026, 11, 27, 7, 59, tzinfo=UTC), venue=los_angeles)  # the 26th, 23:59
    assert jams_on(client.get("/jams/?date=2026-11-27")) == addresses(in_los_angeles, in_auckland)


def test_list_filters_can_be_combined(client, auckland, los_angeles):
    wanted = past_jam(datetime(2026, 3, 27, 7, tzinfo=UTC), venue=auckland)
    past_jam(datetime(2026, 3, 27, 19, tzinfo=UTC), venue=los_angeles)
    past_jam(datetime(2026, 3, 28, 19, tzinfo=UTC), venue=auckland)
    assert jams_on(client.get("/jams/?date=2026-03-27&when=past&venue=harbour")) == addresses(wanted)


def test_list_ignores_empty_filters(client, three):
    assert len(jams_on(client.get("/jams/?venue=&when=&date=&page="))) == 3


def test_list_by_date_is_empty_without_venues(client):
    response = client.get("/jams/?date=2026-11-27")
    assert (response.status_code, "No jams found" in response.content.decode()) == (200, True)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("venue=nowhere", "There&#x27;s no venue with that name."),
        ("when=soon", "Choose upcoming or past jams."),
        ("date=tomorrow", "That isn&#x27;t a date. Write it like this: 2026-11-27."),
        ("date=2026-02-30", "That isn&#x27;t a date. Write it like this: 2026-11-27."),
        ("date=0001-01-01", "That isn&#x27;t a date. Write it like this: 2026-11-27."),
        ("date=9999-12-31", "That isn&#x27;t a date. Write it like this: 2026-11-27."),
        ("page=none", "Page numbers start at 1."),
    ],
)
def test_list_refuses_an_invalid_filter_with_a_sentence(client, query, sentence):
    response = client.get(f"/jams/?{query}")
    assert (response.status_code, sentence in response.content.decode()) == (400, True)


def test_list_keeps_jams_of_an_archived_venue(client):
    jam = make_jam(venue=make_venue(slug="gone", archived=True))
    response = client.get("/jams/")
    assert (jams_on(response), 'value="gone"' in response.content.decode()) == (addresses(jam), False)


def test_list_filters_by_an_archived_venue(client):
    jam = make_jam(venue=make_venue(slug="gone", archived=True))
    response = client.get("/jams/?venue=gone")
    assert jams_on(response) == addresses(jam)
    assert '<option value="gone" selected>' in response.content.decode()


def test_list_pages_keep_the_filters(client, auckland):
    now = timezone.now()
    jams = [past_jam(now - timedelta(days=1 + day), venue=auckland) for day in range(25)]
    first = client.get("/jams/?when=past&venue=harbour")
    second = client.get("/jams/?when=past&venue=harbour&page=2")
    assert (jams_on(first), jams_on(second)) == (addresses(*jams[:24]), addresses(jams[24]))
    assert 'rel="next" href="?venue=harbour&amp;when=past&amp;page=2"' in first.content.decode()


def test_list_page_after_the_last_is_not_found(client):
    make_jam()
    assert client.get("/jams/?page=2").status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(
    ("query", "queries"), [("", {1: 2, 30: 1}), ("?when=coming", {1: 1, 30: 1}), ("?date=2026-11-27", {1: 1, 30: 1})]
)
def test_list_takes_one_query_for_each_list_it_shows(client, django_assert_num_queries, rows, query, queries):
    """One more for past jams, after the last page of the others, and one for the venues unless they are cached."""
    for _ in range(rows):
        make_entry(jam=make_jam())
    with django_assert_num_queries(2):
        client.get("/jams/?when=past")
    with django_assert_num_queries(queries[rows]):
        client.get(f"/jams/{query}")


def test_list_contains_no_chord_sheets(client):
    make_entry(song=make_song(chord_url="https://chords.example/library"), chord_url="https://chords.example/jam")
    assert [path for path in ("/", "/jams/") if "chords.example" in client.get(path).content.decode()] == []


def test_about_takes_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = client.get("/about/").content.decode()
    assert "What we store" in page


@pytest.mark.parametrize("path", ["/", "/jams/", "/about/"])
def test_public_pages_set_no_cookie_and_refuse_post(client, path):
    assert (dict(client.get(path).cookies), client.post(path).status_code) == ({}, 405)
