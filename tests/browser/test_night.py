"""A whole jam on screens of 360 pixels: a host, three musicians, two listeners and the stage screen."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from jams.models import Entry, Event, Jam, JamStatus
from tests.browser.test_host import log_in, open_console, open_menu, open_tab, tap
from tests.browser.test_musicians import musician, open_jam, open_sheet, row, sign_up
from tests.browser.test_voting import show_order
from tests.builders import make_entry, make_jam, make_song
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server

pytestmark = pytest.mark.everywhere
NewPhone = Callable[..., Phone]


@pytest.fixture
def host(transactional_db: None) -> User:
    return make_host(username="hannah")


@pytest.fixture
def jam(host: User) -> Jam:
    return make_jam(name="Friday Jam", hosts=(host,), status=JamStatus.SCHEDULED, performing_limit=1)


def a_song(jam: Jam, title: str, *parts: str) -> Entry:
    song = make_song(title=title, artist="Them", key="Am", parts=[{"part": part} for part in parts])
    return make_entry(jam=jam, song=song)


def heart(page: Page, entry: Entry) -> None:
    page.locator(f"#heart-{entry.pk}").tap()
    expect(page.locator(f"#heart-{entry.pk}")).to_have_attribute("aria-pressed", "true")


def test_whole_night_on_many_phones(new_phone: NewPhone, server: Server, jam: Jam, host: User) -> None:
    valerie, creep, zombie = (
        a_song(jam, "Valerie", "vocals", "drums"),
        a_song(jam, "Creep", "guitar"),
        a_song(jam, "Zombie", "bass"),
    )
    console = open_console(log_in(new_phone(), server, host), jam)
    tap(console, "Open the jam", toast="hannah opened the jam")

    # Three musicians come; a listener watches the badge turn.
    listener, wall = open_jam(new_phone(), jam), new_phone().page
    wall.goto(f"/jams/{jam.slug}/stage/")
    dana, otis, cleo = (musician(new_phone(), jam, name) for name in ("Dana", "Otis", "Cleo"))
    sign_up(dana, valerie, "vocals")
    expect(row(listener, valerie).locator(".badge")).to_have_text("Needs drums")
    sign_up(otis, valerie, "drums")
    expect(row(listener, valerie).locator(".badge")).to_have_text("Ready")
    sign_up(cleo, creep, "guitar")
    close_sheet_if_open(dana)
    expect(open_sheet(dana, creep)).to_contain_text("Once you've played it, you can sign up for another.")

    # Zombie gets the most votes, but nobody plays bass.
    for page in (listener, dana, otis):
        close_sheet_if_open(page)
        heart(page, zombie)
    heart(listener, valerie)
    show_order(listener)
    expect(listener.locator("#queue .song-title").first).to_have_text("Zombie")
    expect(console.locator(".host-next")).to_contain_text("Zombie comes after Valerie: it needs bass")

    # The suggested song is started, marked as played by mistake, and started again.
    tap(console, "Start Valerie", within=".host-bar", toast="hannah started Valerie")
    expect(wall.locator(".stage-now")).to_contain_text("Valerie")
    expect(listener.locator("#on-stage")).to_contain_text("Valerie")
    tap(console, "Done Valerie", toast="Valerie was played")
    tap(console, "Undo", within="#toasts .toast:last-child", toast="undid")
    expect(listener.locator("#on-stage")).to_contain_text("Valerie")
    tap(console, "Done Valerie", toast="Valerie was played")
    expect(listener.locator("#played")).to_contain_text("Valerie")

    # A walk-up for Creep; its guitarist has gone home.
    open_tab(console, "People")
    console.get_by_text("Add a walk-up").tap()
    console.get_by_label("Name", exact=True).fill("Walter")
    console.get_by_label("Song", exact=True).select_option(label="Creep")
    console.get_by_label("Plays").select_option("guitar")
    tap(console, "Add", within="#walk-up", toast="Walter added to Creep")
    open_tab(console, "Queue")
    tap(console, "Start Creep", toast="started Creep")
    console.locator(".host-now .host-players > summary").tap()
    tap(console, "No-show Cleo", toast="Cleo did not show up for Creep")
    expect(wall.locator(".stage-now")).to_contain_text("Walter")
    open_menu(console)
    tap(console, "Last call", toast="Last call")
    open_menu(console)
    tap(console, "End the jam", toast="hannah ended the jam")
    for page in (listener, wall):
        expect(page.locator("body")).to_contain_text("Thanks for the music")

    the_report_is_right(console)
    assert (Jam.objects.get().status, Event.objects.filter(jam=jam).exists()) == (JamStatus.ENDED, True)


def close_sheet_if_open(page: Page) -> None:
    if page.locator("#sheet").is_visible():
        page.locator("#sheet .sheet-close").click()
        expect(page.locator("#sheet")).to_be_hidden()


def the_report_is_right(console: Page) -> None:
    open_menu(console)
    console.get_by_role("link", name="Night report").tap()
    played = console.locator(".report-played > li")
    expect(played).to_have_text(
        [
            re.compile(r"Valerie\s*Them\s+· key of Am\s+· 1 vote\s*Dana\s+vocals.*Otis\s+drums", re.DOTALL),
            re.compile(r"Creep\s*Them\s+· key of Am\s+· 0 votes.*Walter\s+guitar", re.DOTALL),
        ]
    )
    expect(console.locator(".report-wanted > li")).to_have_text(re.compile(r"Zombie Them\s+· 3 votes\s*Needs bass"))
