"""A host runs a jam from a phone; another host's console, the stage screen and the report follow."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, Route, expect

from jams.models import Attendee, Entry, EntryStatus, Format, Jam, JamStatus, Performance
from tests.browser.test_accessibility import faults
from tests.browser.test_musicians import musician, open_sheet
from tests.browser.test_voting import make_votes_by_others
from tests.builders import make_attendee, make_band, make_entry, make_jam, make_performance, make_song, make_vote
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server, wait_until

NewPhone = Callable[..., Phone]


@pytest.fixture
def hosts(transactional_db: None) -> list[User]:
    return [make_host(username="hannah"), make_host(username="igor")]


@pytest.fixture
def night(hosts: list[User]) -> Jam:
    """Creep has the most votes but no bass; Valerie has all its parts."""
    jam = make_jam(name="Friday Jam", hosts=tuple(hosts), code="abcde")
    creep = make_entry(jam=jam, song=make_song(title="Creep", artist="Radiohead", parts=[{"part": "bass"}]))
    valerie = make_entry(
        jam=jam, song=make_song(title="Valerie", artist="Amy Winehouse", key="Eb", parts=[{"part": "vocals"}])
    )
    for entry in (creep, creep, valerie):
        make_vote(entry=entry)
    make_performance(entry=valerie, attendee=make_attendee(jam=jam, name="Dana"), part="vocals")
    make_entry(jam=jam, song=make_song(title="Zombie", artist="The Cranberries"), status=EntryStatus.SUGGESTED)
    return jam


def log_in(phone: Phone, server: Server, user: User) -> Phone:
    session = Client()
    session.force_login(user)
    phone.context.add_cookies([{"name": "sessionid", "value": session.cookies["sessionid"].value, "url": server.url}])
    return phone


def open_console(phone: Phone, jam: Jam) -> Page:
    phone.page.goto(f"/host/{jam.slug}/")
    expect(phone.page.locator("#connection")).to_have_attribute("data-state", "live")
    return phone.page


def tap(page: Page, name: str, *, within: str = "main", toast: str = "") -> None:
    """Tap the first button of this name, and wait for the toast with this text."""
    page.locator(within).get_by_role("button", name=name).first.tap()
    expect(page.locator("#toasts .toast").last).to_contain_text(toast)


def keep_toast(page: Page) -> None:
    """Put the focus into the toast, which then stays until another one comes, however long other pages take."""
    page.locator("#toasts .toast").last.get_by_role("button", name="Undo").focus()


def open_menu(page: Page, within: str = ".host-evening") -> None:
    """Open the menu "⋯" of the jam, or of the first song in a part of the page."""
    page.locator(f"{within} .host-menu > summary").first.tap()


def open_tab(page: Page, name: str) -> None:
    page.locator(".host-tabs").get_by_role("link", name=name).tap()


def status(jam: Jam, title: str) -> str:
    return jam.entries.get(song__title=title).status


def test_console_actions_reach_every_other_page(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    mine = open_console(log_in(new_phone(), server, hosts[0]), night)
    theirs = open_console(log_in(new_phone(), server, hosts[1]), night)
    wall = new_phone(viewport={"width": 1280, "height": 720}, has_touch=False, is_mobile=False).page
    wall.goto(f"/jams/{night.slug}/stage/")
    expect(mine.locator(".host-next")).to_contain_text("Creep comes after Valerie: it needs bass")

    tap(mine, "Start Valerie", within=".host-bar", toast="hannah started Valerie")
    for page in (mine, theirs):
        expect(page.locator(".host-now")).to_contain_text("Valerie")
    expect(wall.locator(".stage-now")).to_contain_text("key of Eb")
    expect(wall.locator(".stage-now")).to_contain_text("Dana vocals")

    tap(mine, "Done Valerie", toast="Valerie was played")
    keep_toast(mine)
    expect(wall.locator(".stage-now")).to_contain_text("Stage is open")
    tap(mine, "Undo", within="#toasts .toast:last-child", toast="hannah undid “Valerie was played”")
    expect(theirs.locator(".host-now")).to_contain_text("Valerie")
    assert Entry.objects.select_related("song").get(song__title="Valerie").song.times_played == 0
    tap(theirs, "Done Valerie", toast="Valerie was played")
    expect(mine.locator("#host-feed li").first).to_contain_text("Valerie was played")

    tap(mine, "Approve Zombie", toast="hannah approved Zombie")
    expect(theirs.locator("#host-queue")).to_contain_text("Zombie")
    assert [status(night, title) for title in ("Valerie", "Creep", "Zombie")] == ["played", "queued", "queued"]


def test_console_tap_keeps_scroll_position_and_focus(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    for _ in range(10):
        make_entry(jam=night)
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    button = page.locator(".host-bar").get_by_role("button", name="Start")
    page.evaluate("scrollTo(0, 300)")
    before = page.evaluate("scrollY")
    button.focus()
    button.press("Enter")
    expect(page.locator(".host-now")).to_contain_text("Valerie")
    assert abs(page.evaluate("scrollY") - before) < 100
    assert page.evaluate("document.activeElement.closest('#host-live') !== null")


def test_console_handles_a_walk_up_and_a_no_show(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    open_tab(page, "People")
    page.get_by_text("Add a walk-up").tap()
    page.get_by_label("Name", exact=True).fill("Walter")
    page.get_by_label("Song", exact=True).select_option(label="Creep")
    page.get_by_label("Plays").select_option("bass")
    tap(page, "Add", within="#walk-up", toast="Walter added to Creep")
    expect(page.locator("[data-holds-still] > li").first).to_contain_text("Walter bass")
    expect(page.get_by_label("Name", exact=True)).to_have_value("")
    open_tab(page, "Queue")
    tap(page, "Start Creep", toast="started Creep")
    page.locator(".host-now .host-players > summary").tap()
    tap(page, "No-show Walter", toast="Walter did not show up for Creep")
    expect(page.locator(".host-now")).to_contain_text("Needs bass")
    tap(page, "Turned up Walter", toast="turned up for Creep")
    assert Performance.objects.get(attendee__name="Walter").no_show is False
    assert Attendee.objects.get(name="Walter").browser is None


def test_console_update_keeps_what_a_host_is_typing(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    mine = open_console(log_in(new_phone(), server, hosts[0]), night)
    theirs = open_console(log_in(new_phone(), server, hosts[1]), night)
    open_tab(mine, "People")
    mine.get_by_text("Add a walk-up").tap()
    mine.get_by_label("Name", exact=True).fill("Wal")
    mine.get_by_label("Name", exact=True).blur()
    tap(theirs, "Approve Zombie", toast="approved")
    expect(mine.locator("#host-queue")).to_contain_text("Zombie")
    expect(mine.get_by_label("Name", exact=True)).to_have_value("Wal")
    expect(mine.get_by_label("Name", exact=True)).to_be_visible()


def test_update_that_arrives_late_does_not_disturb_who_is_typing(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    mine = open_console(log_in(new_phone(), server, hosts[0]), night)
    theirs = open_console(log_in(new_phone(), server, hosts[1]), night)
    open_tab(mine, "People")
    mine.get_by_text("Add a walk-up").tap()
    mine.get_by_label("Has joined with a phone").check()
    mine.get_by_label("Has joined with a phone").blur()
    late: list[Route] = []
    mine.route("**/live/", lambda route: late.append(route), times=1)  # noqa: PLW0108  # Playwright marks it
    with mine.expect_request("**/live/"):
        tap(theirs, "Approve Zombie", toast="approved")
    mine.evaluate("document.addEventListener('htmx:afterRequest', () => (document.body.dataset.answered = ''))")
    mine.get_by_label("Name", exact=True).focus()
    late[0].continue_()
    expect(mine.locator("body[data-answered]")).to_be_attached()
    mine.keyboard.insert_text("Walter")
    expect(mine.get_by_label("Name", exact=True)).to_have_value("Walter")
    expect(mine.locator("#pending-title")).to_be_attached()
    mine.get_by_label("Name", exact=True).blur()
    expect(mine.locator("#pending-title")).not_to_be_attached()
    expect(mine.get_by_label("Name", exact=True)).to_have_value("Walter")
    expect(mine.get_by_label("Has joined with a phone")).to_be_checked()


def test_ending_a_jam_reaches_every_page_and_the_report(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    guest, wall = new_phone().page, new_phone().page
    guest.goto(night.get_absolute_url())
    wall.goto(f"/jams/{night.slug}/stage/")
    tap(page, "Start Valerie", toast="started Valerie")
    open_menu(page)
    tap(page, "Last call", toast="Last call")
    expect(wall.locator(".stage-notice")).to_have_text("Last call: sign-ups and suggestions are closed.")
    expect(wall.locator("#stage-call")).to_have_text("Vote")
    open_menu(page)
    tap(page, "End the jam", toast="hannah ended the jam")
    expect(guest.locator("#jam-state")).to_contain_text("This jam has ended")
    expect(guest.locator(".heart").first).to_be_disabled()
    expect(wall.locator("#stage")).to_contain_text("That's all for tonight")
    expect(wall.locator(".stage-share")).to_be_hidden()
    assert (Jam.objects.get().status, status(night, "Valerie")) == (JamStatus.ENDED, EntryStatus.PLAYED)

    open_menu(page)
    page.get_by_role("link", name="Night report").tap()
    expect(page.locator(".report-played > li")).to_have_count(1)
    expect(page.locator(".report-played > li")).to_have_text(
        re.compile(r"Valerie\s*Amy Winehouse\s+· key of Eb\s+· 1 vote\s*Dana\s+vocals")
    )
    expect(page.locator(".report-wanted > li")).to_have_text(re.compile(r"Creep Radiohead\s+· 2 votes\s*Needs bass"))
    expect(page.locator(".plot")).to_have_count(2)


def test_console_works_without_javascript(new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]) -> None:
    page = log_in(new_phone(java_script_enabled=False), server, hosts[0]).page
    page.goto(f"/host/{night.slug}/")
    page.locator(".host-bar").get_by_role("button", name="Start Valerie").click()
    expect(page.locator(".host-now")).to_contain_text("Valerie")
    page.locator("#host-feed").get_by_role("button", name="Undo").first.click()
    expect(page.locator(".host-now")).to_contain_text("The stage is empty")


def test_share_button_copies_the_link(new_phone: NewPhone, server: Server, night: Jam) -> None:
    phone = new_phone()
    phone.page.goto(night.get_absolute_url())
    expect(phone.page.locator("#share")).to_be_hidden()
    phone.page.get_by_role("button", name="Share").tap()
    expect(phone.page.locator("#share img")).to_be_visible()
    assert "127.0.0.1" not in phone.page.get_by_label("Link").input_value()
    phone.page.get_by_role("button", name="Copy link").tap()
    expect(phone.page.locator("#share-said")).to_have_text("Copied")


@pytest.mark.parametrize("width", [360, 1440])
def test_host_pages_fit_and_have_large_enough_targets(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User], width: int
) -> None:
    page = log_in(new_phone(viewport={"width": width, "height": 740}), server, hosts[0]).page
    for path in ("", "report/"):
        page.goto(f"/host/{night.slug}/{path}")
        sizes = page.locator("main :is(button, a.button, summary, select):visible").evaluate_all(
            "all => all.map(one => one.getBoundingClientRect()).map(({width, height}) => Math.min(width, height))"
        )
        assert [size for size in sizes if size < 44] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_host_pages_have_no_accessibility_violations(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    tap(page, "Start Valerie", toast="started Valerie")
    open_menu(page, "#host-queue")
    found = [faults(page)]
    open_tab(page, "People")
    page.get_by_text("Add a walk-up").tap()
    tap(page, "Done Valerie", toast="was played")
    found.append(faults(page))
    page.goto(f"/host/{night.slug}/report/")
    found.append(faults(page))
    page.goto(night.get_absolute_url())
    page.get_by_role("button", name="Share").tap()
    found.append(faults(page))
    assert found == [[]] * len(found)


def test_console_rows_stay_under_the_thumb_when_guests_vote(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    entries = [make_entry(jam=night, song=make_song(title=f"Song {number:02}")) for number in range(20)]
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    row = page.locator(f"#line-{entries[10].pk}")
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")
    before = row.evaluate("row => row.getBoundingClientRect().top")
    for entry in (entries[11], entries[18]):
        make_votes_by_others(server, night, entry)
        expect(page.locator(f"#line-{entry.pk}")).to_contain_text("2 votes")
    assert abs(row.evaluate("row => row.getBoundingClientRect().top") - before) <= 1
    page.get_by_role("button", name="Order changed · show").tap()
    expect(page.locator("#show-order")).to_be_hidden()
    titles = page.locator("#host-queue .song-title").all_inner_texts()
    assert titles.index("Song 11") < titles.index("Song 18") < titles.index("Song 00")


def test_console_of_sixty_songs_is_at_most_seven_screens_long(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    for number in range(60):
        entry = make_entry(jam=night, song=make_song(title=f"A song with a rather long title, number {number}"))
        make_performance(entry=entry, attendee=make_attendee(jam=night, name=f"Somebody {number}"))
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    assert page.evaluate("document.documentElement.scrollHeight / innerHeight") <= 7
    heights = page.locator("[data-holds-still] > li").evaluate_all("rows => rows.map(row => row.offsetHeight)")
    assert len(heights) == 62
    assert max(heights) <= 72


def test_console_finds_a_song_in_the_queue_and_keeps_the_words(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    mine = open_console(log_in(new_phone(), server, hosts[0]), night)
    theirs = open_console(log_in(new_phone(), server, hosts[1]), night)
    rows = mine.locator("[data-holds-still] > li:visible .song-title")
    field = mine.get_by_role("searchbox", name="Find in this list")
    field.fill("winehouse VAL")
    expect(rows).to_have_text(["Valerie"])
    tap(theirs, "Approve Zombie", toast="approved")
    expect(mine.locator("#host-queue")).to_contain_text("Zombie")
    expect(field).to_have_value("winehouse VAL")
    expect(field).to_be_focused()
    expect(rows).to_have_text(["Valerie"])
    field.fill("nothing")
    expect(mine.locator("#host-find-empty")).to_be_visible()
    expect(mine.get_by_role("status").filter(has_text="No songs match.")).to_have_count(1)  # read aloud
    field.fill("")
    expect(rows).to_have_count(3)


def test_nothing_below_the_queue_jumps_while_a_host_searches_it(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    for _ in range(10):
        make_entry(jam=night)
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    height = "document.documentElement.scrollHeight"
    before, field = page.evaluate(height), page.get_by_role("searchbox", name="Find in this list")
    field.fill("valerie")
    expect(page.locator("[data-holds-still] > li:visible")).to_have_count(1)
    assert page.evaluate(height) == before
    field.fill("")
    expect(page.locator("[data-holds-still] > li:visible")).to_have_count(12)
    assert page.evaluate(height) == before


def test_part_that_is_replaced_again_and_again_announces_nothing(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    """What screen readers should say about it is said once, outside it."""
    valerie = night.entries.get(song__title="Valerie")
    Entry.objects.filter(pk=valerie.pk).update(status=EntryStatus.ON_DECK, on_deck_at=night.starts_at)
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    expect(page.locator("#announcer")).to_have_text("Not reached: call Dana by voice")
    assert (
        page.locator("#host-part").locator("[role=status], [role=alert], [aria-live]:not([hx-preserve])").count() == 0
    )


def test_button_of_a_song_means_the_same_before_and_after_the_opening(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    """Before, a song is put on deck from its menu, so that no other button appears where one was."""
    Jam.objects.filter(pk=night.pk).update(status=JamStatus.SCHEDULED)
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    row = page.locator("[data-holds-still] > li", has_text="Creep")
    expect(row.locator("> button")).to_have_count(0)
    row.locator(".host-menu > summary").tap()
    tap(page, "On deck Creep", toast="put Creep on deck")
    tap(page, "Open the jam", within=".host-bar", toast="opened the jam")
    expect(page.locator("[data-holds-still] > li", has_text="Valerie").locator("> button")).to_have_text(
        "Start Valerie"
    )


def test_console_shows_one_part_at_a_time_on_a_phone(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    for name, shown in (("People", "#host-people"), ("Activity", "#host-feed"), ("Settings", "#host-settings")):
        open_tab(page, name)
        expect(page.locator(".host-tab:visible")).to_have_count(1)
        expect(page.locator(shown)).to_be_visible()
    tap(page, "Start Valerie", within=".host-bar", toast="started Valerie")
    expect(page.locator(".host-tab:visible")).to_have_attribute("id", "host-settings")
    page.get_by_role("link", name="1 suggestion is waiting").tap()
    expect(page.locator(".host-tab:visible")).to_have_attribute("id", "host-queue")
    expect(page.locator("#pending-title")).to_be_in_viewport()


def test_console_calls_the_host_who_wants_it_to_a_new_suggestion(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    Jam.objects.update(suggestions="approval")
    phone = log_in(new_phone(), server, hosts[0])
    phone.page.add_init_script("navigator.vibrate = () => { window.calls = (window.calls ?? 0) + 1; return true; }")
    page, guest = open_console(phone, night), new_phone(java_script_enabled=False).page
    badge = page.locator(".host-tabs .tab-new")
    expect(badge).to_contain_text("1")

    def suggest(title: str) -> None:
        guest.goto(f"{night.get_absolute_url()}suggest/?new=1")
        guest.get_by_label("Title").fill(title)
        guest.get_by_label("Artist").fill("Somebody")
        guest.locator("main").get_by_role("button", name="Suggest").click()

    suggest("Jolene")
    expect(badge).to_contain_text("2")
    assert page.evaluate("window.calls") is None
    open_tab(page, "Settings")
    page.get_by_role("button", name="Play a sound when a song is suggested").tap()
    wait_until(lambda: page.evaluate("window.calls") == 1)
    suggest("Hurt")
    expect(badge).to_contain_text("3")
    expect(page).to_have_title(re.compile(r"^\(3\) "))
    assert page.evaluate("window.calls") == 2


def test_host_adds_songs_after_last_call(new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]) -> None:
    Jam.objects.update(suggestions="off", sign_ups="closed")
    make_song(title="Jolene", artist="Dolly Parton")
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    page.get_by_text("Add a song", exact=True).tap()
    page.get_by_label("Title, artist or genre").fill("jol")
    tap(page, "Add Jolene", within="#found-songs", toast="hannah added Jolene to the queue")
    expect(page.locator("[data-holds-still]")).to_contain_text("Jolene")
    page.get_by_label("Title, artist or genre").fill("hurt")
    expect(page.get_by_label("Title", exact=True)).to_have_value("hurt")
    page.get_by_label("Artist", exact=True).fill("Johnny Cash")
    tap(page, "Add a new song", within="#found-songs", toast="hannah added hurt to the queue")
    assert [status(night, title) for title in ("Jolene", "hurt")] == ["queued", "queued"]


def test_host_adds_a_song_without_javascript(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    make_song(title="Jolene", artist="Dolly Parton")
    page = log_in(new_phone(java_script_enabled=False), server, hosts[0]).page
    page.goto(f"/host/{night.slug}/?q=jolene")
    page.get_by_role("button", name="Add Jolene").click()
    expect(page.locator("[data-holds-still]")).to_contain_text("Jolene")
    page.locator("#more-of-jam > summary").click()
    page.get_by_role("button", name="Last call").click()
    expect(page.locator("#host-feed li").first).to_contain_text("Last call")


def test_deck_is_ordered_by_buttons(new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]) -> None:
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    for title in ("Creep", "Valerie"):
        page.locator("[data-holds-still] .host-menu > summary", has_text=title).tap()
        tap(page, f"On deck {title}", toast=f"put {title} on deck")
    titles = page.locator("ol[aria-labelledby=deck-title] .song-title")
    expect(titles).to_have_text(["Creep", "Valerie"])
    page.locator("ol[aria-labelledby=deck-title] .host-menu > summary").first.tap()
    tap(page, "Move down Creep", toast="changed the order")
    expect(titles).to_have_text(["Valerie", "Creep"])


def test_heart_is_still_ones_own_when_a_song_comes_back_to_the_queue(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    console, guest = open_console(log_in(new_phone(), server, hosts[0]), night), new_phone().page
    guest.goto(night.get_absolute_url())
    expect(guest.locator("#connection")).to_have_attribute("data-state", "live")
    heart = guest.get_by_role("button", name="I want to hear Valerie")
    heart.tap()
    expect(heart).to_have_attribute("aria-pressed", "true")
    tap(console, "Start Valerie", within=".host-bar", toast="hannah started Valerie")
    keep_toast(console)
    expect(heart).to_have_count(0)
    tap(console, "Undo", within="#toasts .toast:last-child", toast="hannah undid")
    expect(heart).to_have_attribute("aria-pressed", "true")
    heart.tap()
    expect(heart).to_have_attribute("aria-pressed", "false")
    assert night.entries.get(song__title="Valerie").votes.count() == 1


def test_an_open_sheet_follows_its_song(new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]) -> None:
    console = open_console(log_in(new_phone(), server, hosts[0]), night)
    page = musician(new_phone(), night, "Cleo", "bass")
    sheet = open_sheet(page, night.entries.get(song__title="Creep"))
    sheet.locator(".chip", has_text="bass").click()
    offer, news = sheet.get_by_role("button", name="Sign up"), sheet.locator(".sheet-news")
    expect(offer).to_be_visible()
    tap(console, "Start Valerie", toast="started Valerie")  # another song: nothing changes under the thumb
    expect(page.locator("#on-stage")).to_contain_text("Valerie")
    expect(sheet.locator("[value=bass]")).to_be_checked()
    tap(console, "Start Creep", within=".host-bar", toast="started Creep")
    expect(news).to_have_text("This song is on stage now.")
    expect(news).to_be_focused()
    expect(offer).to_have_count(0)
    expect(sheet).not_to_contain_text("Needs bass")
    tap(console, "Done Creep", toast="Creep was played")
    keep_toast(console)
    expect(news).to_have_text("This song has been played.")
    tap(console, "Undo", within="#toasts .toast:last-child", toast="undid")
    expect(news).to_have_text("This song is on stage now.")
    open_tab(console, "Activity")
    tap(console, "Undo", within="#host-feed", toast="undid")
    expect(offer).to_be_visible()
    open_tab(console, "Queue")
    open_menu(console, f"#line-{night.entries.get(song__title='Creep').pk}")
    tap(console, "Hide Creep", toast="hid Creep")
    expect(sheet).to_contain_text("This song isn't on the set list.")
    expect(offer).to_have_count(0)


def drag(page: Page, source: int, target: int, *, escape: bool = False) -> None:
    """Drag a row by its grip onto another one, as a finger does."""
    fingers, rows = page.context.new_cdp_session(page), page.locator(".host-deck > li")

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    rows.first.evaluate("row => row.parentElement.previousElementSibling.scrollIntoView()")
    scrolled = page.evaluate("scrollY")
    boxes = [row.bounding_box() for row in (page.locator(".host-grip").nth(source), rows.nth(target))]
    (x, y), (_x, onto) = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]
    touch("touchStart", (x, y))
    for step in range(1, 5):
        touch("touchMove", (x, y + (onto - y + (4 if onto > y else -4)) * step / 4))
    if escape:
        page.keyboard.press("Escape")
    assert page.evaluate("scrollY") == scrolled
    touch("touchEnd")


def test_acts_in_the_running_order_are_dragged_into_order(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    Jam.objects.filter(pk=night.pk).update(format=Format.OPEN_MIC)
    for place, name in enumerate(("One", "Two", "Three"), start=1):
        make_band(jam=night, name=name, place=place)
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    titles = page.locator(".host-deck .song-title")
    expect(titles).to_have_text(["One", "Two", "Three"])
    drag(page, 0, 2)
    expect(page.locator("#toasts .toast").last).to_contain_text("One")
    expect(titles).to_have_text(["Two", "Three", "One"])
    drag(page, 2, 1)
    expect(titles).to_have_text(["Two", "One", "Three"])
    drag(page, 0, 1, escape=True)
    expect(titles).to_have_text(["Two", "One", "Three"])
    assert list(night.bands.order_by("place").values_list("name", flat=True)) == ["Two", "One", "Three"]


def test_songs_on_deck_are_dragged_into_order(
    new_phone: NewPhone, server: Server, night: Jam, hosts: list[User]
) -> None:
    for number, title in enumerate(("One", "Two", "Three"), start=1):
        moment = night.starts_at + timedelta(seconds=number)
        make_entry(jam=night, song=make_song(title=title), status=EntryStatus.ON_DECK, on_deck_at=moment)
    page = open_console(log_in(new_phone(), server, hosts[0]), night)
    titles = page.locator(".host-deck .song-title")
    expect(titles).to_have_text(["One", "Two", "Three"])
    drag(page, 0, 2)
    expect(page.locator("#toasts .toast").last).to_contain_text("hannah changed the order on deck: One")
    expect(titles).to_have_text(["Two", "Three", "One"])
    page.locator("#toasts").get_by_role(
        "button", name="Undo"
    ).click()  # Chromium takes a tap so soon for part of a swipe
    expect(page.locator("#toasts .toast").last).to_contain_text("undid")
    expect(titles).to_have_text(["One", "Two", "Three"])
    drag(page, 2, 0)
    expect(page.locator("#toasts .toast").last).to_contain_text("hannah changed the order on deck: Three")
    expect(titles).to_have_text(["Three", "One", "Two"])
    drag(page, 0, 2, escape=True)
    expect(titles).to_have_text(["Three", "One", "Two"])
    order = night.entries.filter(status=EntryStatus.ON_DECK).order_by("place")
    assert list(order.values_list("song__title", flat=True)) == ["Three", "One", "Two"]
