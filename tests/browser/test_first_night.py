"""A landlord with a phone plans the first night and the next one; every tap is counted."""

from collections.abc import Callable

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from jams.models import Jam, JamStatus
from songs.models import Song
from tests.browser.test_host import log_in
from tests.builders import make_jam, make_song, make_venue
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server

NewPhone = Callable[..., Phone]
PASSWORD = "a long enough secret"
FORTY = "\n".join(f"{number}. Song {number} - The Band" for number in range(1, 41))
PICKER = 4  # taps for a day and a time: open the field, choose the day, choose the time, confirm


class Thumb:
    """Taps on a page, and counts the taps."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, name: str, *, within: str = "body") -> None:
        """Tap the link of this name."""
        self._tap(self.page.locator(within).get_by_role("link", name=name, exact=True).first)

    def press(self, name: str) -> None:
        """Tap the button of this name."""
        self._tap(self.page.get_by_role("button", name=name, exact=True))

    def type(self, label: str, text: str) -> None:
        """Tap the field and type, or paste, `text`."""
        field = self.page.get_by_label(label, exact=True)
        self._tap(field)
        field.fill(text)

    def pick(self, label: str, moment: str) -> None:
        """Choose a day and a time in the picker of the phone, which no script can reach."""
        self.page.get_by_label(label, exact=True).fill(moment)
        self.page.get_by_label(label, exact=True).dispatch_event("change")
        self.taps += PICKER

    def _tap(self, place: Locator) -> None:
        place.tap()
        self.taps += 1


@pytest.fixture
def hannah(transactional_db: None) -> User:
    host = make_host(username="hannah")
    host.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt")  # the server does not know the tests' quick one
    host.save()
    return host


def test_first_night_with_forty_songs_takes_18_taps(new_phone: NewPhone, hannah: User) -> None:
    page = new_phone(timezone_id="Europe/Berlin").page
    thumb = Thumb(page)
    page.goto("/")
    thumb.tap("For hosts", within="footer")
    thumb.type("Username", "hannah")
    thumb.type("Password", PASSWORD)
    thumb.press("Log in")
    thumb.tap("New night")
    thumb.type("Name of the night", "Friday Jam")
    thumb.type("Name of the venue", "Blue Lantern")
    thumb.type("Address", "Main Street 1")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    expect(page.locator(".plan-times .field-help")).to_have_text(["Local time at the venue (Europe/Berlin)."] * 2)
    thumb.pick("Starts", "2126-11-29T20:00")
    expect(page.get_by_label("Ends")).to_have_value("2126-11-29T23:30")
    thumb.press("Plan this night")
    thumb.type("One song per line: Title - Artist", FORTY)
    thumb.press("Preview")
    thumb.press("Add 40 songs")
    expect(page.get_by_role("main")).to_contain_text("hannah added songs to the set list: 40")
    thumb.tap("Run")
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    thumb.press("Open the jam")
    expect(page.locator("#toasts .toast").last).to_contain_text("hannah opened the jam")
    jam = Jam.objects.select_related("venue").get()
    assert (jam.status, jam.entries.count(), jam.venue.time_zone) == (JamStatus.LIVE, 40, "Europe/Berlin")
    assert jam.local_start.isoformat() == "2126-11-29T20:00:00+01:00"
    assert thumb.taps == 18

    thumb.taps = 0
    thumb.tap("My nights")
    thumb.tap("Copy Friday Jam")
    expect(page.get_by_label("Starts")).to_have_value("2126-12-06T20:00")
    thumb.press("Plan this night")
    expect(page.get_by_text("Friday Jam is planned, with 40 songs.")).to_be_visible()
    assert Jam.objects.latest("pk").entries.count() == 40
    assert thumb.taps == 3


def test_forty_songs_of_the_library_take_three_taps(new_phone: NewPhone, server: Server, hannah: User) -> None:
    jam = make_jam(name="Friday Jam", hosts=(hannah,))
    for _number in range(40):
        make_song()
    page = log_in(new_phone(), server, hannah).page
    thumb = Thumb(page)
    page.goto("/host/")
    thumb.tap("Songs Friday Jam")
    thumb.press("Select all")
    thumb.press("Add selected songs (40)")
    expect(page.get_by_role("main")).to_contain_text("hannah added songs to the set list: 40")
    assert (jam.entries.count(), thumb.taps) == (40, 3)
    thumb.press("Undo")
    expect(page.get_by_role("main")).to_contain_text("0 songs on the set list")
    assert (jam.entries.count(), Song.objects.count()) == (0, 40)


def test_times_say_the_zone_of_the_chosen_venue(new_phone: NewPhone, server: Server, hannah: User) -> None:
    make_venue(name="Kiwi Bar", time_zone="Pacific/Auckland")
    make_jam(hosts=(hannah,), venue=make_venue(name="Blue Lantern", time_zone="Europe/Berlin"))
    page = log_in(new_phone(timezone_id="America/Lima"), server, hannah).page
    page.goto("/host/nights/new/")
    clocks, said = page.locator(".plan-times .field-help"), "Local time at the venue (%s)."
    expect(clocks).to_have_text([said % "Europe/Berlin"] * 2)
    page.get_by_label("Venue", exact=True).select_option(label="Kiwi Bar (Pacific/Auckland)")
    expect(clocks).to_have_text([said % "Pacific/Auckland"] * 2)
    page.get_by_label("Venue", exact=True).select_option(label="A new venue")
    expect(clocks).to_have_text([said % "America/Lima"] * 2)
    expect(page.get_by_label("Name of the venue")).to_be_visible()
    page.get_by_label("Name of the night").fill("Friday Jam")
    page.get_by_label("Venue", exact=True).select_option(label="Kiwi Bar (Pacific/Auckland)")
    page.get_by_label("Starts").fill("2126-11-29T20:00")
    page.get_by_role("button", name="Plan this night").tap()
    expect(page.get_by_text("Friday Jam is planned")).to_be_visible()
    jam = Jam.objects.select_related("venue").get(name="Friday Jam")
    assert (jam.venue.name, jam.local_start.isoformat()) == ("Kiwi Bar", "2126-11-29T20:00:00+13:00")


def test_what_was_typed_is_there_when_one_comes_back(new_phone: NewPhone, server: Server, hannah: User) -> None:
    make_jam(hosts=(hannah,), venue=make_venue(name="Blue Lantern"))
    page = log_in(new_phone(), server, hannah).page
    page.goto("/host/nights/new/")
    lines = page.get_by_label("One song per line: Title - Artist")
    expect(lines).to_be_hidden()
    page.get_by_label("Name of the night").fill("Friday Jam")
    page.get_by_label("Songs", exact=True).select_option(label="A list or a CSV file")
    lines.fill("Creep - Radiohead\nValerie")
    page.get_by_role("link", name="My nights").first.tap()
    expect(page.get_by_role("heading", name="My nights")).to_be_visible()
    page.go_back()
    expect(lines).to_have_value("Creep - Radiohead\nValerie")
    expect(page.get_by_label("Name of the night")).to_have_value("Friday Jam")
    page.get_by_role("button", name="Plan this night").tap()
    expect(page.locator("#id_lines_error", has_text="2. Valerie: Write a dash")).to_be_visible()
    expect(lines).to_have_value("Creep - Radiohead\nValerie")
    lines.fill("Creep - Radiohead\nValerie - Amy Winehouse")
    page.reload()
    expect(lines).to_have_value("Creep - Radiohead\nValerie - Amy Winehouse")
    page.get_by_role("button", name="Plan this night").tap()
    expect(page.get_by_text("Friday Jam is planned, with 2 songs.")).to_be_visible()

    page.goto(f"/host/{Jam.objects.latest('pk').slug}/songs/paste/")
    lines.fill("Zombie - The Cranberries")
    page.get_by_role("button", name="Preview").tap()
    expect(page.get_by_role("button", name="Add 1 song")).to_be_visible()
    page.go_back()
    expect(lines).to_have_value("Zombie - The Cranberries")


def test_draft_leaves_alone_what_another_host_has_changed(new_phone: NewPhone, server: Server, hannah: User) -> None:
    jam = make_jam(hosts=(hannah,), name="Friday Jam")
    page = log_in(new_phone(), server, hannah).page
    page.goto(f"/host/{jam.slug}/edit/")
    page.get_by_label("Name of the night").fill("Saturday Jam")
    Jam.objects.filter(pk=jam.pk).update(set_songs=5)
    page.reload()
    expect(page.get_by_label("Name of the night")).to_have_value("Saturday Jam")
    expect(page.locator("[name=set_songs]")).to_have_value("5")


def test_a_double_tap_plans_one_night(new_phone: NewPhone, server: Server, hannah: User) -> None:
    make_jam(hosts=(hannah,))
    page = log_in(new_phone(), server, hannah).page
    page.goto("/host/nights/new/")
    page.get_by_label("Name of the night").fill("Friday Jam")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Plan this night").dblclick()
    expect(page.get_by_text("Friday Jam is planned")).to_be_visible()
    assert sent.count("POST") == 1
    assert Jam.objects.filter(name="Friday Jam").count() == 1


def test_the_form_for_a_night_works_without_scripts(new_phone: NewPhone, server: Server, hannah: User) -> None:
    page = log_in(new_phone(java_script_enabled=False), server, hannah).page
    page.goto("/host/nights/new/")
    for label, text in (
        ("Name of the night", "Friday Jam"), ("Name of the venue", "Blue Lantern"), ("Time zone", "Europe/Berlin"),
        ("Starts", "2126-11-29T20:00"), ("Ends", "2126-11-30T00:30"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Plan this night").tap()
    page.locator("nav.choices").get_by_role("link", name="Paste a list").tap()
    page.get_by_label("One song per line: Title - Artist").fill("Creep - Radiohead")
    page.get_by_role("button", name="Preview").tap()
    page.get_by_role("button", name="Add 1 song").tap()
    expect(page.get_by_role("main")).to_contain_text("1 song on the set list")
    assert Jam.objects.get().entries.count() == 1
