"""What a series remembers about musicians who ask for it, and how it forgets."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from jams.models import Attendee, BandStatus, Card, Format, Jam, JamStatus, Series
from jams.selectors.bands import read_bands
from jams.services import cards, guest_actions
from jams.services.band_order import shuffle_bands
from jams.services.device_transfer import create_move_code, move_to_device
from jams.services.privacy import forget_attendee, forget_old_jams
from tests.builders import make_band, make_entry, make_jam, make_performance, make_series
from tests.hosts import browser_of, make_host
from tests.people import Browser

pytestmark = pytest.mark.django_db

NOW = timezone.now()
WEEK = timedelta(days=7)


@pytest.fixture
def series() -> Series:
    return make_series()


def make_night(series: Series, weeks: int, **values: Any) -> Jam:
    """A night so many weeks from now, with bands."""
    start = NOW + weeks * WEEK
    values |= {"format": Format.BANDS, "starts_at": start, "series_day": start.date()}
    return make_jam(series=series, venue=series.venue, **values)


def join(night: Jam, browser: str = "phone", name: str = "Ana", plays: tuple[str, ...] = ("bass",)) -> Attendee:
    return guest_actions.join_jam(jam=night, browser=browser, name=name, plays=plays, now=NOW)


def end(night: Jam) -> None:
    night.status = JamStatus.ENDED
    night.save()


def missed(night: Jam) -> dict[str, bool]:
    """Who waits at `night`, and whether they missed out last time."""
    return {one.person.name: one.person.comes_earlier for one in read_bands(night, now=NOW).waiting}


def remember(night: Jam, browser: str = "phone") -> None:
    guest_actions.remember_me(jam=night, browser=browser)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("waits", True),
        ("is in a band to come", True),
        ("did not come to the stage", True),
        ("plays", False),
        ("plays a song", False),
        ("takes herself off the list", False),
    ],
)
def test_who_wanted_to_play_and_did_not_comes_earlier_next_time(series: Series, what: str, expected: bool) -> None:
    last, tonight = make_night(series, -1), make_night(series, 0)
    ana = join(last)
    remember(last)
    join(last, "stranger", "Ben")
    times: dict[str, Any] = {"started_at": NOW, "finished_at": NOW}
    if what == "is in a band to come":
        make_band(jam=last, people={ana: "bass"})
        ana.waits_since = None
        ana.save()
    elif what in ("plays", "did not come to the stage"):
        band = make_band(jam=last, people={ana: "bass"}, status=BandStatus.PLAYED, **times)
        band.seats.update(no_show=what != "plays")
    elif what == "plays a song":
        make_performance(entry=make_entry(jam=last, status="played", **times), attendee=ana)
    elif what == "takes herself off the list":
        guest_actions.change_my_waiting(jam=last, browser="phone", waits=False, now=NOW)
    end(last)
    join(tonight, "stranger", "Ben")
    join(tonight)
    assert missed(tonight) == {"Ana": expected, "Ben": False}
    first = read_bands(tonight, now=NOW).night.queue[0].name
    assert first == ("Ana" if expected else "Ben")


def test_it_counts_for_the_first_turn_of_the_night_alone(series: Series) -> None:
    last, tonight = make_night(series, -1), make_night(series, 0)
    join(last)
    remember(last)
    end(last)
    ana = join(tonight)
    host = make_host()
    tonight.hosts.add(host)
    console = f"/host/{tonight.slug}/"
    words = "did not get to play last time"
    assert browser_of(host).get(console).text.count(words) == 2  # on the waiting list and in the proposal
    make_band(jam=tonight, people={ana: "bass"}, status=BandStatus.PLAYED, started_at=NOW, finished_at=NOW)
    assert (missed(tonight), words in browser_of(host).get(console).text) == ({"Ana": False}, False)


def test_acts_that_were_not_reached_last_time_are_drawn_first(series: Series) -> None:
    """Also an act of two, one of whom missed out; not one whose musician has played tonight with others."""
    last, tonight = make_night(series, -1), make_night(series, 0)
    for name in ("Ana", "Ben"):
        join(last, name, name)
        remember(last, name)
    end(last)
    ana, ben, cleo = (join(tonight, name, name) for name in ("Ana", "Ben", "Cleo"))
    make_band(jam=tonight, people={ben: "bass"}, status=BandStatus.PLAYED, started_at=NOW, finished_at=NOW)
    for people in ({cleo: "piano"}, {ben: "bass"}, {cleo: "piano", ana: "bass"}):
        make_band(jam=tonight, people=people, name=f"Act {len(people)}")
    host = make_host()
    tonight.hosts.add(host)
    for seed in range(5):
        shuffle_bands(jam=tonight, seed=seed, user=host, now=NOW)
        assert tonight.bands.filter(status=BandStatus.FORMING).order_by("place")[0].name == "Act 2"
    page = browser_of(host).get(f"/host/{tonight.slug}/").text
    assert page.count("Did not get to play last time: Ana") == page.count("Did not get to play last time") == 1


def test_nobody_is_remembered_who_did_not_ask(series: Series) -> None:
    last, tonight = make_night(series, -1), make_night(series, 0)
    join(last)
    end(last)
    join(tonight)
    assert (missed(tonight), Card.objects.count()) == ({"Ana": False}, 0)


def test_card_leads_to_one_night_and_matches_the_key_of_none(series: Series) -> None:
    last, tonight = make_night(series, -1), make_night(series, 0)
    join(last)
    remember(last)
    end(last)
    ana = join(tonight, name="Anna", plays=("drums", "bass"))
    card = Card.objects.select_related("attendee").get()
    assert (card.attendee, card.name, card.plays, card.nights) == (ana, "Anna", ["drums", "bass"], 2)
    assert card.browser not in set(Attendee.objects.values_list("browser", flat=True))
    join(tonight, name="Anna", plays=("drums",))  # the same night once more
    card.refresh_from_db()
    assert (card.plays, card.nights, card.missed_last) == (["drums"], 2, True)


def test_night_to_come_that_was_joined_early_changes_nothing_until_asked(series: Series) -> None:
    tonight, coming = make_night(series, 0), make_night(series, 1, status=JamStatus.SCHEDULED)
    ana = join(tonight)
    remember(tonight)
    there = join(coming)
    assert Card.objects.filter(attendee=ana).exists()
    remember(coming)
    assert Card.objects.filter(attendee=there, missed_last=True).exists()


def test_names_of_an_old_night_are_deleted_and_how_it_ended_stays(series: Series) -> None:
    long_ago = make_night(series, -6)
    ana = join(long_ago)
    remember(long_ago)
    end(long_ago)
    assert forget_old_jams(now=NOW) == 1
    card = Card.objects.get()
    assert (card.attendee_id, card.name, card.missed_last) == (None, "Ana", True)
    ana.refresh_from_db()
    assert ana.name == "Musician 1"
    tonight = make_night(series, 0)
    join(tonight)
    assert missed(tonight) == {"Ana": True}


def test_card_follows_to_another_phone(series: Series) -> None:
    last, tonight = make_night(series, -1), make_night(series, 0)
    ana = join(last)
    remember(last)
    code = create_move_code(attendee=ana, now=NOW)
    move_to_device(jam=last, code=code, browser="new phone", now=NOW)
    end(last)
    join(tonight, "phone", "Ben")
    join(tonight, "new phone")
    assert missed(tonight) == {"Ana": True, "Ben": False}


@pytest.mark.parametrize("way", ["the button", "delete my data", "delete my data, after the names of the night"])
def test_card_is_deleted_when_its_musician_says_so(series: Series, way: str) -> None:
    tonight = make_night(series, 0)
    phone = Browser(tonight, name="Ana", plays=("bass",))
    assert "Remember me next time" in phone.get("").text
    assert phone.post("me/card/", wanted="1").status_code == 303
    assert Card.objects.get().name == "Ana"
    shown = phone.get("").text
    assert ("Remember me next time" in shown, "Forget me" in shown) == (False, True)
    if way == "the button":
        phone.post("me/card/", wanted="0")
    else:
        if way != "delete my data":
            end(tonight)
            forget_old_jams(now=NOW + 6 * WEEK)
        assert "This series remembers you as" in phone.get("me/remove/").text
        phone.post("me/remove/")
    assert not Card.objects.exists()


def test_person_who_is_forgotten_has_no_card(series: Series) -> None:
    tonight = make_night(series, 0)
    ana = join(tonight)
    remember(tonight)
    forget_attendee(jam=tonight, attendee=ana, now=NOW)
    assert not Card.objects.exists()


def test_next_night_fills_in_name_and_instruments(series: Series) -> None:
    phone = Browser(make_night(series, -1), name="Ana", plays=("bass",))
    phone.post("me/card/", wanted="1")
    for night, is_known in ((make_night(series, 0), True), (make_night(make_series(), 0), False)):
        phone.at(night)
        page = phone.get("").text
        assert ('value="Ana"' in page, 'value="bass" checked' in page) == (is_known, is_known)


@pytest.mark.parametrize("comes_first", ["Ana", "a stranger"])
def test_remembered_name_is_on_the_page_of_nobody_else(series: Series, comes_first: str) -> None:
    """Listeners share a page, whoever it was made for."""
    phone = Browser(make_night(series, -1), name="Ana", plays=("bass",))
    phone.post("me/card/", wanted="1")
    night = make_night(series, 0)
    phone.at(night)
    visits = [(phone, True), (Browser(night), False)]
    for visitor, is_known in visits if comes_first == "Ana" else reversed(visits):
        assert ('value="Ana"' in visitor.get("").text) is is_known


def test_night_without_a_series_remembers_nobody() -> None:
    phone = Browser(make_jam(format=Format.BANDS), name="Ana", plays=("bass",))
    assert "Remember me" not in phone.get("").text
    assert phone.post("me/card/", wanted="1").status_code == 409
    assert phone.post("me/card/", wanted="0").status_code == 303


def test_listener_is_not_remembered(series: Series) -> None:
    assert Browser(make_night(series, 0)).post("me/card/", wanted="1").status_code == 403


@pytest.mark.parametrize(("nights", "kept"), [(2, True), (3, False)])
def test_card_is_deleted_after_nights_without_its_musician(
    series: Series, settings: Settings, nights: int, kept: bool
) -> None:
    settings.KEEP_CARDS_NIGHTS = 3
    first = make_night(series, -9)
    join(first)
    remember(first)
    for number in range(nights):
        make_night(series, number - 5, status=JamStatus.ENDED)
    make_night(series, -1, status=JamStatus.CANCELLED)
    make_jam(starts_at=NOW - WEEK, status=JamStatus.ENDED)
    assert cards.forget_old_cards(now=NOW) == (not kept)
    assert Card.objects.exists() == kept


def test_card_does_not_outlive_the_cookie(series: Series) -> None:
    first = make_night(series, 0)
    join(first)
    remember(first)
    assert cards.forget_old_cards(now=NOW + timedelta(days=401)) == 1
