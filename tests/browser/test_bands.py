"""A jam of bands: what guests see on their phones and on the stage screen while a host runs it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from jams.models import ANNOUNCEMENT_LENGTH, Band, BandStatus, Format, Jam
from jams.selectors.bands import read_bands
from tests.browser.test_accessibility import faults
from tests.browser.test_host import log_in
from tests.browser.test_jam_page import REACHABLE
from tests.browser.test_musicians import musician
from tests.browser.test_stage_screen import SCREENS, TEXTS, measure, open_stage, resize, text_of
from tests.browser.test_voting import open_jam
from tests.builders import make_band, make_entry, make_jam, make_song, make_waiting
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server

NewPhone = Callable[..., Phone]
NINE = {
    "Lucas B.": "vocals",
    "Jürgen": "guitar",
    "Priya": "keys",
    "Otis": "drums",
    "Zoë": "vocals",
    "Wiremu": "bass",
    "Dana": "guitar",
    "Clara": "sax",
    "Maria Magdalena": "trumpet",
}
PEOPLE = ["Ada", "Ben", "Cleo", "Dana", "Edda", "Femi", "Gus", "Hank", "Ines", "Jo", "Kim", "Leo", "Mara", "Nadia"]
PLAN = [{"part": "drums", "count": 1}, {"part": "bass", "count": 1}, {"part": "guitar", "count": 1}]
CUT_OFF = "one => one.scrollWidth - one.clientWidth"  # CSS pixels that can be seen only by scrolling sideways


def make_nines(**values: Any) -> Jam:
    """A night with a band of nine on stage and two to come."""
    jam = make_jam(format=Format.BANDS, name="Lantern Band Jam", **values)
    for number, status in enumerate((BandStatus.ON_STAGE, BandStatus.CALLED, BandStatus.FORMING)):
        people = {
            make_waiting(jam=jam, name=f"{name}{' ' * bool(number)}{number or ''}", plays=[plays]): plays
            for name, plays in NINE.items()
        }
        make_band(jam=jam, people=people, status=status, place=number)
    return jam


def test_stage_screen_shows_bands_of_nine_whole(new_phone: NewPhone) -> None:
    page = open_stage(new_phone, make_nines())
    assert measure(page) == {}
    shown = {}
    for size in SCREENS:
        resize(page, size)
        bands = page.locator("[data-fit]:has(.stage-player)").all()
        shown[size] = [band.locator(".stage-player:visible").count() for band in bands]
    assert shown == {size: [9, 9, 9] for size in SCREENS}
    expect(page.locator(".stage-next")).to_contain_text("between")
    expect(page.locator(".stage-fairness")).to_contain_text("9 of 27 musicians have played")


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("notice", ["fairness", "announcement"])
def test_bands_of_nine_with_the_longest_texts_stay_in_their_boxes(new_phone: NewPhone, words: str, notice: str) -> None:
    """Acts with the longest names and nine people each, a song of the set, and all lines below that can be there."""
    said: dict[str, Any] = (
        {"announcement": text_of(words)[:ANNOUNCEMENT_LENGTH].strip()} if notice == "announcement" else {}
    )
    jam = make_jam(format=Format.MIXED, name=text_of(words)[:120].strip(), room_secret="secret", set_songs=1, **said)
    for number, status in enumerate((BandStatus.ON_STAGE, BandStatus.CALLED, BandStatus.FORMING)):
        names = [f"{number}{place} {text_of(words)[:57]}".strip() for place in range(9)]
        people = {make_waiting(jam=jam, name=name, plays=["backing-vocals"]): "backing-vocals" for name in names}
        band = make_band(jam=jam, people=people, status=status, place=number, name=text_of(words)[:80].strip())
        if status == BandStatus.ON_STAGE:
            song = make_song(title=text_of(words), artist=text_of(words), key="Bbm")
            make_entry(jam=jam, song=song, band=band, status="playing", started_at=timezone.now())
    Jam.objects.filter(pk=jam.pk).update(sets_shortened=True)
    page = open_stage(new_phone, jam)
    assert measure(page) == {}
    assert page.locator(".stage-announcement").count() == (notice == "announcement")


def test_first_screen_of_a_band_night_shows_four_hearts(new_phone: NewPhone) -> None:
    jam = make_jam(format=Format.BANDS)
    names = iter(PEOPLE)
    for number, status in enumerate((BandStatus.ON_STAGE, BandStatus.CALLED)):
        people = {
            make_waiting(jam=jam, name=next(names), plays=[plays]): plays
            for plays in ("vocals", "guitar", "bass", "drums", "keys")
        }
        make_band(jam=jam, people=people, status=status, place=number)
    for plays in ("vocals", "guitar", "guitar", "sax"):
        make_waiting(jam=jam, name=next(names), plays=[plays])
    for _ in range(8):
        make_entry(jam=jam)
    page = open_jam(new_phone(), jam)
    assert page.evaluate(REACHABLE) >= 4


class Host:
    """A host who runs a night by the addresses of the console's buttons."""

    def __init__(self, phone: Phone, jam: Jam) -> None:
        self.page, self.jam = phone.page, jam
        self.page.goto(f"/host/{jam.slug}/")
        self.token = self.page.locator("[name=csrfmiddlewaretoken]").first.input_value()

    def run(self, action: str, **values: str | int) -> None:
        form: dict[str, str | float | bool] = {"csrfmiddlewaretoken": self.token, **values}
        assert self.page.request.post(f"/host/{self.jam.slug}/{action}/", form=form).ok

    def call_proposed_band(self) -> Band:
        """Call the band that is proposed, and return it."""
        self.run("call_band", seats=read_bands(self.jam, now=timezone.now()).proposed_seats)
        return Band.objects.get(jam=self.jam, status=BandStatus.CALLED)


def test_band_night_reaches_the_phone_and_the_stage_screen(new_phone: NewPhone, server: Server) -> None:
    user = make_host()
    jam = make_jam(format=Format.BANDS, name="Lantern Band Jam", stage_plan=PLAN, hosts=(user,))
    for name, plays in (("Ben", "drums"), ("Cleo", "guitar")):
        make_waiting(jam=jam, name=name, plays=[plays])
    ana = musician(new_phone(), jam, "Ana", "bass")
    expect(ana.locator("#me")).to_contain_text("You're number 1 of 1 for bass, about ")
    assert faults(ana) == []
    stage = open_stage(new_phone, jam)
    host = Host(log_in(new_phone(), server, user), jam)

    band = host.call_proposed_band()
    assert sorted(seat.attendee.name for seat in band.seats.select_related("attendee")) == ["Ana", "Ben", "Cleo"]
    expect(ana.locator("#call")).to_contain_text("You're up next, about ")
    expect(stage.locator(".stage-next")).to_contain_text("Ana bass")
    assert host.page.locator(".host-tabs").evaluate(CUT_OFF) == 0
    expect(host.page.locator("#host-live")).to_contain_text(re.compile(r"Ana\s+bass\s+·\s+seen \d\d:\d\d"))

    host.run("start_band", band=band.pk)
    expect(ana.locator("#call")).to_have_text("You're on stage now.")
    expect(stage.locator(".stage-now")).to_contain_text("Ana bass")

    host.run("finish_band", band=band.pk)
    expect(ana.locator("#call")).to_be_hidden()
    expect(ana.locator("#me")).to_contain_text("You're number 1 of 1 for bass, about ")
    expect(stage.locator(".stage-fairness")).to_contain_text("3 of 3 musicians have played")
