"""A jam of bands: what guests see on their phones and on the stage screen while a host runs it."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from jams.models import BandStatus, Format, Jam
from tests.browser.test_stage_screen import SCREENS, measure, open_stage, resize
from tests.builders import make_band, make_jam, make_waiting
from tests.phones import Phone

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
PLAN = [{"part": "drums", "count": 1}, {"part": "bass", "count": 1}, {"part": "guitar", "count": 1}]


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
        shown[size] = page.locator(".stage-now .stage-player:visible").count()
    assert shown == dict.fromkeys(SCREENS, 9)
    expect(page.locator(".stage-next")).to_contain_text("between")
    expect(page.locator(".stage-fairness")).to_contain_text("9 of 27 musicians have played")
