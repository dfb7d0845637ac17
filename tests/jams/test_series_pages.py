"""The pages for hosts around a series, tried by its host, the host of another venue, a stranger and nobody."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jams.models import Jam, JamStatus, Series, Voting
from jams.services.jam_settings import set_set_songs
from jams.services.series import make_nights
from songs.parts import format_parts
from tests.builders import make_attendee, make_band, make_entry, make_jam, make_series, make_user, make_venue
from tests.hosts import browser_of, form_of, make_host
from tests.jams.host_forms import plan_of as read_form

pytestmark = pytest.mark.django_db

OF_A_SERIES = ["series", "edit_series", "end_series", "series_template"]
OF_A_NIGHT = ["repeat", "cancel"]


@pytest.fixture
def host() -> User:
    return make_host(username="hannah")


@pytest.fixture
def series(host: User) -> Series:
    series = make_series(name="Secret Thursdays", venue=make_venue(time_zone="Europe/Berlin"), hosts=(host,))
    make_nights(series=series, now=timezone.now())
    Jam.objects.filter(series_day=series.first_on).update(slug="first")
    return series


@pytest.fixture(params=["anonymous", "stranger", "other host"])
def outsider(request: pytest.FixtureRequest) -> tuple[str, Client]:
    other = make_host()
    make_series(hosts=(other,))
    people = {"anonymous": None, "stranger": make_user(), "other host": other}
    return request.param, browser_of(people[request.param])


def address_of(series: Series, name: str) -> str:
    return reverse(f"host:{name}", args=[series.pk if name in OF_A_SERIES else "first"])


def plan_of(series: Series, **changes: Any) -> dict[str, Any]:
    """Return what the form for `series` sends when nobody changes it."""
    plan = {
        "name": series.name, "venue": series.venue_id, "starts_at": "20:00", "ends_at": "23:00", "repeats": "",
        "last_on": "", "description": series.description, "since": series.first_on,
    }  # fmt: skip
    return {**plan, **changes}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", OF_A_SERIES + OF_A_NIGHT)
def test_pages_of_a_series_are_for_its_hosts_alone(
    series: Series, outsider: tuple[str, Client], name: str, method: str
) -> None:
    who, browser = outsider
    data = {**plan_of(series, name="Taken"), "first_on": series.first_on, "repeats": "1", "night": "first"}
    response = getattr(browser, method)(address_of(series, name), data if method == "post" else {})
    assert response.status_code in ({302, 405} if who == "anonymous" else {404, 405})
    assert "Secret" not in response.text
    series.refresh_from_db()
    assert (series.name, series.last_on, Jam.objects.filter(status=JamStatus.ENDED).count()) == (
        "Secret Thursdays",
        None,
        0,
    )


@pytest.mark.parametrize("name", [*OF_A_SERIES[:3], *OF_A_NIGHT])
def test_pages_of_a_series_open_for_its_host_and_are_kept_by_nobody(series: Series, host: User, name: str) -> None:
    response = browser_of(host).get(address_of(series, name))
    assert (response.status_code, "Secret Thursdays" in response.text) == (200, True)
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("name", ["edit_series", "end_series", "series_template", "repeat"])
def test_pages_ask_for_the_permissions_of_the_admin(series: Series, name: str) -> None:
    limited = make_user(is_staff=True)
    limited.user_permissions.add(Permission.objects.get(codename="change_jam"))
    series.hosts.add(limited)
    Jam.objects.get(slug="first").hosts.add(limited)
    assert browser_of(limited).post(address_of(series, name), plan_of(series)).status_code == 403


@pytest.mark.parametrize(
    ("repeats", "rule"),
    [
        ("1", "FREQ=WEEKLY;BYDAY=TH"),
        ("2", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"),
        ("4", "FREQ=WEEKLY;INTERVAL=4;BYDAY=TH"),
        ("nth", "FREQ=MONTHLY;BYDAY=2TH"),
        ("last", "FREQ=MONTHLY;BYDAY=-1TH"),
    ],
)
def test_new_series_takes_its_weekday_from_the_first_night(host: User, repeats: str, rule: str) -> None:
    plan = {
        "name": "Blues Night", "venue": make_venue().pk, "first_on": "2126-12-12", "starts_at": "20:00",
        "ends_at": "00:30", "repeats": repeats,
    }  # fmt: skip
    browser = browser_of(host)
    response = browser.post(reverse("host:new_series"), plan)
    series = Series.objects.get()
    assert (series.rule, list(series.hosts.all())) == (rule, [host])
    assert response["Location"] == reverse("host:series", args=[series.pk])


@pytest.mark.parametrize(
    ("day", "rule"), [("2126-12-26", "FREQ=MONTHLY;BYDAY=4TH"), ("2127-01-30", "FREQ=MONTHLY;BYDAY=-1TH")]
)
def test_fifth_weekday_of_a_month_counts_as_the_last(host: User, day: str, rule: str) -> None:
    plan = {"name": "Blues", "venue": make_venue().pk, "first_on": day, "starts_at": "20:00", "ends_at": "23:00"}
    browser_of(host).post(reverse("host:new_series"), {**plan, "repeats": "nth"})
    assert Series.objects.get().rule == rule


@pytest.mark.parametrize(
    "changes",
    [{"name": ""}, {"first_on": "0001-01-01"}, {"starts_at": "25:00"}, {"repeats": "9"}, {"venue": "0"}],
    ids=str,
)
def test_new_series_with_a_wrong_field_is_not_planned(host: User, changes: dict[str, str]) -> None:
    plan = {
        "name": "Blues",
        "venue": make_venue().pk,
        "first_on": "2126-12-12",
        "starts_at": "20:00",
        "ends_at": "23:00",
    }
    response = browser_of(host).post(reverse("host:new_series"), {**plan, "repeats": "1", **changes})
    assert (response.status_code, "said-wrong" in response.text, Series.objects.count()) == (200, True, 0)


def test_repeated_night_becomes_the_first_of_its_series(host: User) -> None:
    start = timezone.now().replace(hour=19, minute=0, second=0, microsecond=0) + timedelta(days=2)
    settings: dict[str, Any] = {
        "changeover_minutes": 7,
        "voting": Voting.MUSICIANS,
        "hard_stop_at": start + timedelta(hours=3.5),
    }
    night = make_jam(slug="tonight", hosts=(host,), starts_at=start, status=JamStatus.SCHEDULED, **settings)
    page = browser_of(host).get("/host/tonight/repeat/")
    sent = {**read_form(page), "first_on": start.date(), "set_songs": "4"}
    assert (sent["hard_stop"], sent["changeover_minutes"]) == ("22:30", "7")
    browser_of(host).post("/host/tonight/repeat/", sent)
    series = Series.objects.get()
    assert Jam.objects.get(slug="tonight").series_id == series.pk
    assert (series.name, series.nights.count(), series.hard_stop) == (night.name, 13, time(22, 30))
    last = series.nights.latest("starts_at")
    assert (last.set_songs, last.changeover_minutes, last.voting) == (4, 7, Voting.MUSICIANS)


def test_host_changes_this_and_all_following(series: Series, host: User) -> None:
    since = series.first_on + timedelta(days=7)
    browser = browser_of(host)
    page = browser.get(f"{address_of(series, 'edit_series')}?since={since}")
    assert f'value="{since}"' in page.text
    browser.post(address_of(series, "edit_series"), plan_of(series, since=since, starts_at="19:00"))
    nights = series.nights.select_related("venue").order_by("starts_at")
    assert [f"{night.local_start:%H:%M}" for night in nights[:3]] == ["20:00", "19:00", "19:00"]


def test_sets_of_a_series_are_shown_changed_and_checked(series: Series, host: User) -> None:
    browser, path = browser_of(host), address_of(series, "edit_series")
    sent = {**read_form(browser.get(path)), "since": series.first_on}
    assert (sent["format"], sent["set_songs"], sent["hard_stop"]) == ("songs", "3", "")
    plan = {"format": "bands", "set_minutes": "20", "stage_plan": "vocals, drums", "hard_stop": "22:30"}
    refused = browser.post(path, {**sent, **plan, "set_songs": "99", "stage_plan": "banana"})
    assert (refused.text.count("field-wrong"), 'plan-more" open' in refused.text) == (2, True)
    assert browser.post(path, {**sent, **plan}).status_code == 303
    night = series.nights.select_related("venue").latest("starts_at")
    assert (night.format, night.set_minutes, format_parts(night.stage_plan)) == ("bands", 20, "vocals, drums")
    assert night.hard_stop_at
    assert f"{night.hard_stop_at.astimezone(night.venue.zone):%H:%M}" == "22:30"
    shown = read_form(browser.get(path))
    assert {name: shown[name] for name in plan} == plan
    browser.post(path, {**shown, "since": series.first_on, "set_minutes": "", "stage_plan": "", "hard_stop": ""})
    night = series.nights.latest("starts_at")
    assert (night.set_minutes, night.stage_plan, night.hard_stop_at) == (None, [], None)


def test_house_band_of_a_series_is_at_each_night_to_come(series: Series, host: User) -> None:
    browser, path, taken = browser_of(host), address_of(series, "edit_series"), Jam.objects.get(slug="first")
    make_attendee(jam=taken, name="Kim", browser="phone")
    sent = {**read_form(browser.get(path)), "since": series.first_on}
    for wrong in ("Kim", "Kim: banana", ": bass", "Kim: bass\nkim: drums"):
        assert "field-error" in browser.post(path, {**sent, "house_band": wrong}).text
    assert browser.post(path, {**sent, "house_band": "Kim: bass, vocals\n\nLee: Drums"}).status_code == 303
    night = series.nights.latest("starts_at")
    assert list_house_band(night) == {"Kim": ["bass", "vocals"], "Lee": ["drums"]}
    assert list_house_band(taken) == {"Lee": ["drums"]}  # the host says whether Kim's phone is that Kim
    make_nights(series=series, now=timezone.now() + timedelta(days=7))
    assert list_house_band(series.nights.latest("starts_at")) == list_house_band(night)
    shown = read_form(browser.get(path))
    assert shown["house_band"] == "Kim: bass, vocals\nLee: drums"
    make_band(jam=night, people={night.attendees.get(name="Kim"): "bass"})
    browser.post(path, {**shown, "since": series.first_on, "house_band": "Mia: sax"})
    assert list_house_band(night) == {"Kim": ["bass", "vocals"], "Mia": ["sax"]}  # Kim is in a band
    assert list_house_band(taken) == {"Mia": ["sax"]}
    browser.post(address_of(series, "end_series"))
    assert set(series.nights.all()) == {taken, night}  # the only ones with a guest, and with a band


def test_admin_changes_how_the_nights_of_a_series_run(series: Series, host: User) -> None:
    browser, path = browser_of(host), reverse("admin:jams_series_change", args=[series.pk])
    alone = series.nights.select_related("venue").earliest("starts_at")
    set_set_songs(jam=alone, set_songs=5, user=host, now=timezone.now())
    sent = _without_songs(form_of(browser.get(path)))
    assert (sent["format"], sent["set_songs"], sent["house_band"]) == ("songs", "3", "")
    for field, wrong in (("set_songs", "99"), ("stage_plan", "banana"), ("house_band", "Kim: banana")):
        assert browser.post(path, {**sent, field: wrong}).status_code == 200
    series.refresh_from_db()
    assert series.switches == {}
    plan = {"format": "bands", "set_songs": "2", "stage_plan": "vocals, drums", "house_band": "Kim: bass"}
    assert browser.post(path, {**sent, **plan, "instrument_set": "jazz"}).status_code == 302
    for night, songs in ((Jam.objects.get(pk=alone.pk), 5), (series.nights.latest("starts_at"), 2)):
        assert (night.format, night.set_songs, format_parts(night.stage_plan)) == ("bands", songs, "vocals, drums")
        assert (night.instrument_set, list_house_band(night)) == ("jazz", {"Kim": ["bass"]})
    shown = form_of(browser.get(path))
    assert {name: shown[name] for name in plan} == plan
    series.refresh_from_db()
    assert "changeover_minutes" not in series.switches  # nobody has changed it there


def test_admin_makes_a_series_of_band_nights(host: User) -> None:
    browser, path = browser_of(host), reverse("admin:jams_series_add")
    venue = make_venue()
    plan = {"name": "Blues", "venue": venue.pk, "rule": "FREQ=WEEKLY;BYDAY=TH", "first_on": timezone.now().date()}
    times = {"starts_at": "20:00", "ends_at": "23:00"}
    sets = {"format": "bands", "set_minutes": "15", "house_band": "Kim: bass"}
    form = _without_songs(form_of(browser.get(path)))
    assert browser.post(path, {**form, **plan, **times, **sets}).status_code == 302
    night = Series.objects.get().nights.latest("starts_at")
    assert (night.format, night.set_minutes, list_house_band(night)) == ("bands", 15, {"Kim": ["bass"]})


def _without_songs(form: dict[str, Any]) -> dict[str, Any]:
    """A browser sends nothing for a list in which nothing is chosen."""
    return {name: value for name, value in form.items() if name != "songs"}


def list_house_band(night: Jam) -> dict[str, list[str]]:
    return dict(night.attendees.filter(in_house_band=True).order_by("name").values_list("name", "plays"))


@pytest.mark.parametrize("since", ["", "nonsense", "2026-99-99"])
def test_edit_page_takes_any_day(series: Series, host: User, since: str) -> None:
    assert browser_of(host).get(f"{address_of(series, 'edit_series')}?since={since}").status_code == 200


def test_host_cancels_a_night_and_plans_it_again(series: Series, host: User) -> None:
    browser, path = browser_of(host), address_of(series, "cancel")
    for is_cancelled in (True, False):
        response = browser.post(path)
        assert response["Location"] == reverse("host:series", args=[series.pk])
        night = Jam.objects.get(slug="first")
        assert (night.is_cancelled, night.status) == (is_cancelled, "cancelled" if is_cancelled else "scheduled")


@pytest.mark.parametrize("status", [JamStatus.LIVE, JamStatus.ENDED])
def test_night_that_has_begun_cannot_be_cancelled(host: User, status: JamStatus) -> None:
    make_jam(slug="first", hosts=(host,), status=status)
    assert browser_of(host).post("/host/first/cancel/").status_code == 409


def test_host_ends_a_series(series: Series, host: User) -> None:
    make_attendee(jam=series.nights.order_by("starts_at")[1])
    browser_of(host).post(address_of(series, "end_series"))
    series.refresh_from_db()
    assert series.last_on is not None
    assert [night.is_cancelled for night in series.nights.all()] == [True]


def test_host_chooses_the_night_that_new_ones_are_like(series: Series, host: User) -> None:
    entry = make_entry(jam=Jam.objects.get(slug="first"))
    make_jam(slug="elsewhere", hosts=(host,))
    browser = browser_of(host)
    assert browser.post(address_of(series, "series_template"), {"night": "elsewhere"}).status_code == 404
    browser.post(address_of(series, "series_template"), {"night": "first"})
    assert list(series.songs.all()) == [entry.song]


def test_home_lists_only_series_of_the_host(series: Series, host: User) -> None:
    make_series(name="Elsewhere")
    response = browser_of(host).get(reverse("host:home"))
    page = response.text
    assert ("every Thursday" in page, "Elsewhere" in page) == (True, False)
    assert [night.slug for night in response.context["home"].upcoming] == ["first"]  # the next one alone


@pytest.mark.parametrize("nights", [1, 12])
def test_page_of_a_series_takes_the_same_queries_at_any_length(
    series: Series, host: User, nights: int, django_assert_num_queries: Any
) -> None:
    keep = list(series.nights.order_by("starts_at").values_list("pk", flat=True)[:nights])
    series.nights.exclude(pk__in=keep).delete()
    browser, path = browser_of(host), address_of(series, "series")
    with django_assert_num_queries(6):
        page = browser.get(path)
    assert page.text.count("This and all following") == nights


def test_edit_page_proposes_the_next_night_that_has_not_been_opened(series: Series, host: User) -> None:
    nights = series.nights.order_by("starts_at")
    Jam.objects.filter(pk=nights[0].pk).update(status=JamStatus.LIVE)
    page = browser_of(host).get(address_of(series, "edit_series")).text
    assert f'name="since" value="{nights[1].series_day}"' in page


def test_series_like_a_night_that_is_over_begins_on_the_next_same_weekday(host: User) -> None:
    start = timezone.now() - timedelta(days=17)
    night = make_jam(slug="past", hosts=(host,), starts_at=start, status=JamStatus.ENDED)
    first = date.fromisoformat(read_form(browser_of(host).get("/host/past/repeat/"))["first_on"])
    assert first >= timezone.localtime(timezone.now(), night.venue.zone).date()
    assert first.weekday() == night.local_start.weekday()


def test_nights_of_a_series_that_meet_another_night_are_remarked_upon(host: User) -> None:
    venue, start = make_venue(), timezone.now().replace(hour=19, minute=0) + timedelta(days=9)
    make_jam(name="Open Mic", venue=venue, hosts=(host,), starts_at=start, status=JamStatus.SCHEDULED)
    night = make_jam(slug="thursday", venue=venue, hosts=(host,), starts_at=start - timedelta(days=7))
    sent = read_form(browser_of(host).get("/host/thursday/repeat/"))
    page = browser_of(host).post("/host/thursday/repeat/", sent, follow=True).text
    assert f"Another night is at {night.venue.name} at the same time: Open Mic" in page
