"""Musicians on their phones: they join, sign up, suggest songs, read chords, and are called when they are up."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Route, expect

from jams.models import Entry, EntryStatus, Jam, JamStatus, Performance, Suggestions
from tests.browser.test_voting import show_order
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song
from tests.phones import Phone
from tests.servers import Server
from votes.models import Vote

NewPhone = Callable[..., Phone]
StartServer = Callable[..., Server]
REFUSED = "409|htmx:"
KEYBOARD = {"has_touch": False, "is_mobile": False}
QUICK = {"LIVE_RECHECK_SECONDS": "0.2", "BOARD_CACHE_SECONDS": "1"}


def a_song(jam: Jam, title: str, *needs: str, **values: object) -> Entry:
    return make_entry(jam=jam, song=make_song(title=title, parts=[{"part": part} for part in needs]), **values)


def open_jam(phone: Phone, jam: Jam) -> Page:
    phone.page.goto(jam.get_absolute_url())
    expect(phone.page.locator("#connection")).to_have_attribute("data-state", "live")
    return phone.page


def join(page: Page, name: str, *plays: str) -> None:
    page.locator("#me-summary").click()
    page.get_by_label("Your name at this jam").fill(name)
    for part in plays:
        page.locator("#me-join .chip", has_text=part).click()
    page.get_by_role("button", name="Join", exact=True).click()


def musician(phone: Phone, jam: Jam, name: str, *plays: str) -> Page:
    page = open_jam(phone, jam)
    join(page, name, *plays)
    expect(page.locator("#me .me-name")).to_have_text(name)
    return page


def row(page: Page, entry: Entry) -> Locator:
    return page.locator(f"#entry-{entry.pk}")


def open_sheet(page: Page, entry: Entry) -> Locator:
    page.locator(f"#play-{entry.pk}").click()
    expect(page.locator("#sheet")).to_be_visible()
    return page.locator("#sheet")


def sign_up(page: Page, entry: Entry, part: str) -> Locator:
    sheet = open_sheet(page, entry)
    sheet.locator(".chip", has_text=part).click()
    sheet.get_by_role("button", name="Sign up").click()
    expect(sheet.get_by_text(f"You're on {part}")).to_be_visible()
    return sheet


def search(page: Page, words: str) -> None:
    page.get_by_role("link", name="Suggest a song").click()
    expect(page.locator("#suggest-q")).to_be_focused()
    page.locator("#suggest-q").press_sequentially(words)


def close_sheet(page: Page) -> None:
    page.locator("#sheet .sheet-close").click()
    expect(page.locator("#sheet")).to_be_hidden()


def shown(page: Page) -> Locator:
    return page.locator("#queue > .entry:not(.out) .song-title")


def open_own_part(page: Page) -> None:
    """Tap until it is open: what the page replaces under the finger, because it has news, does not feel the tap."""
    while page.locator("#me details").first.get_attribute("open") is None:
        page.locator("#me summary").first.click()


def test_name_survives_a_reload_and_goes_when_leaving(phone: Phone) -> None:
    page = musician(phone, make_jam(), "Dana", "bass")
    expect(page.locator("#toasts")).to_contain_text("Hi Dana! You've joined.")
    page.reload()
    expect(page.locator("#me .me-name")).to_have_text("Dana")
    open_own_part(page)
    page.get_by_text("Stop playing tonight").click()
    page.get_by_role("button", name="Yes, stop playing").click()
    expect(page.locator("#me-summary")).to_have_text("I play")


def test_taken_name_offers_free_ones_to_tap(new_phone: NewPhone, server: Server) -> None:
    server.expect("Conflict: /jams/")
    jam = make_jam()
    make_attendee(jam=jam, name="Sam")
    phone = new_phone()
    phone.expect_error("409")
    page = open_jam(phone, jam)
    join(page, "sam")
    expect(page.get_by_label("Your name at this jam")).to_be_focused()
    page.get_by_role("button", name="sam K.").click()
    expect(page.locator("#me .me-name")).to_have_text("sam K.")


def test_enter_submits_the_typed_name_not_the_offered_one(new_phone: NewPhone, server: Server) -> None:
    server.expect("Conflict: /jams/")
    jam = make_jam()
    make_attendee(jam=jam, name="Sam")
    phone = new_phone()
    phone.expect_error("409")
    page = open_jam(phone, jam)
    join(page, "Sam")
    expect(page.get_by_role("button", name="Sam K.")).to_be_visible()
    expect(page.get_by_label("Your name at this jam")).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" R.")
    page.keyboard.press("Enter")
    expect(page.locator("#me .me-name")).to_have_text("Sam R.")


def test_sign_up_turns_needs_into_ready_on_another_phone(new_phone: NewPhone) -> None:
    jam = make_jam()
    song = a_song(jam, "Valerie", "bass", "drums")
    make_performance(entry=song, part="bass")
    mine, theirs = musician(new_phone(), jam, "Dana", "drums"), open_jam(new_phone(), jam)
    expect(row(theirs, song).locator(".badge")).to_have_text("Needs drums")
    sign_up(mine, song, "drums")
    expect(row(theirs, song).locator(".badge")).to_have_text("Ready")
    expect(row(theirs, song)).to_contain_text("Dana drums")
    close_sheet(mine)
    expect(row(mine, song).locator(".play-word")).to_have_text("You're in")
    expect(row(theirs, song).locator(".play-word")).to_have_text("Play")
    expect(mine.locator("#me .me-songs")).to_have_text("1 of 3 songs")
    open_sheet(mine, song).get_by_role("button", name="Drop out").click()
    expect(row(theirs, song).locator(".badge")).to_have_text("Needs drums")


def test_sign_up_at_the_limit_is_refused_by_sheet_and_server(new_phone: NewPhone, server: Server) -> None:
    server.expect("Conflict: /jams/")
    jam = make_jam(performing_limit=1)
    songs = [a_song(jam, title) for title in ("Apple", "Banana")]
    phone = new_phone()
    phone.expect_error(REFUSED)
    page = musician(phone, jam, "Dana")
    late = open_sheet(page, songs[1])
    make_performance(entry=songs[0], attendee=jam.attendees.get(name="Dana"))
    late.locator(".chip", has_text="bass").click()
    late.get_by_role("button", name="Sign up").click()
    expect(page.locator("#toasts")).to_contain_text("signed up for 1 song, the limit at this jam")
    close_sheet(page)
    expect(open_sheet(page, songs[1])).to_contain_text("you can sign up for another")
    assert Performance.objects.count() == 1


def test_musician_suggests_a_library_song_with_a_part(new_phone: NewPhone) -> None:
    jam = make_jam()
    make_song(title="Crème Brûlée", artist="Zoë")
    page, theirs = musician(new_phone(), jam, "Dana"), open_jam(new_phone(), jam)
    search(page, "creme zoe")
    page.get_by_role("link", name="Suggest Crème Brûlée").click()
    page.locator("#sheet .chip", has_text="keys").click()
    page.locator("#sheet").get_by_role("button", name="Suggest").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#toasts")).to_contain_text("Crème Brûlée is now in the queue.")
    expect(theirs.locator("#queue .entry")).to_contain_text(["Dana keys"])


def test_listener_suggests_a_new_song_and_the_second_time_votes(new_phone: NewPhone) -> None:
    jam = make_jam()
    page = open_jam(new_phone(), jam)
    search(page, "Valerie")
    page.locator('a[href$="q=Valerie"]', has_text="Add it yourself").click()  # not the link of a shorter search
    expect(page.get_by_label("Title", exact=True)).to_have_value("Valerie")
    expect(page.get_by_label("Title", exact=True)).to_be_focused()
    page.get_by_label("Artist").fill("The Zutons")
    page.locator("#sheet").get_by_role("button", name="Suggest").click()
    expect(page.locator("#toasts")).to_contain_text("Valerie is now in the queue.")
    expect(page.locator("#queue .entry")).to_have_count(1)
    search(page, "valerie")
    page.get_by_role("button", name="Vote for Valerie").click()
    expect(page.locator(".heart")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".votes")).to_have_text("1")
    assert Vote.objects.count() == 1


def test_suggestion_that_needs_approval_says_so(new_phone: NewPhone) -> None:
    jam = make_jam(suggestions=Suggestions.APPROVAL)
    song = make_song(title="Halo")
    page = open_jam(new_phone(), jam)
    search(page, "halo")
    page.get_by_role("button", name="Suggest Halo").click()
    expect(page.locator("#toasts")).to_contain_text("Halo has been sent to the host for approval.")
    assert list(Entry.objects.values_list("song", "status")) == [(song.pk, EntryStatus.SUGGESTED)]


def test_chords_are_shown_to_musicians_and_not_to_listeners(new_phone: NewPhone) -> None:
    jam = make_jam()
    song = a_song(jam, "Valerie", chord_url="https://chords.example/valerie")
    page, theirs = musician(new_phone(), jam, "Dana"), open_jam(new_phone(), jam)
    link = open_sheet(page, song).get_by_role("link", name="Open chord sheet")
    expect(link).to_have_attribute("href", "https://chords.example/valerie")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    page.get_by_text("Change the link for this jam").click()
    page.get_by_label("Link to the chord sheet").fill("https://chords.example/other")
    page.get_by_role("button", name="Save").last.click()
    expect(link).to_have_attribute("href", "https://chords.example/other")
    open_sheet(theirs, song)
    assert "chords" not in theirs.content()


def test_filters_and_order_survive_reloads_and_live_updates(new_phone: NewPhone, start_server: StartServer) -> None:
    server = start_server(**QUICK)
    jam = make_jam()
    songs = [a_song(jam, title, part) for title, part in (("Cry", "bass"), ("Abba", "drums"), ("Bees", "bass"))]
    make_performance(entry=songs[0], part="vocals")
    page = musician(new_phone(base_url=server.url), jam, "Dana", "bass")
    page.locator("#view select").select_option("title")
    page.locator(".chip", has_text="Needs my part").click()
    expect(shown(page)).to_have_text(["Bees", "Cry"])
    page.reload()
    expect(page.locator("#connection")).to_have_attribute("data-state", "live")
    expect(shown(page)).to_have_text(["Bees", "Cry"])
    a_song(jam, "Alone", "bass")
    show_order(page)
    expect(shown(page)).to_have_text(["Alone", "Bees", "Cry"])
    page.locator(".chip", has_text="My songs").click()
    expect(page.locator("#view-empty")).to_be_visible()
    page.locator(".chip", has_text="Needs my part").click()
    page.locator(".chip", has_text="My songs").click()
    expect(shown(page)).to_have_text(["Abba", "Alone", "Bees", "Cry"])


def test_call_reaches_only_the_musicians_who_are_up(new_phone: NewPhone, start_server: StartServer) -> None:
    server = start_server(**QUICK)
    jam = make_jam()
    song = a_song(jam, "Valerie")
    page, theirs = (musician(new_phone(base_url=server.url), jam, name) for name in ("Dana", "Sam"))
    sign_up(page, song, "bass")
    close_sheet(page)
    open_own_part(page)
    page.get_by_role("button", name="Buzz me when I'm up").click()
    page.evaluate("navigator.vibrate = (pattern) => (window.buzzed = pattern)")
    expect(page.locator("#call")).to_be_hidden()
    song.status, song.on_deck_at = EntryStatus.ON_DECK, jam.starts_at
    song.save()
    expect(page.locator("#call")).to_have_text("You're up next: Valerie")
    expect(page).to_have_title(re.compile("^You're up next: Valerie · "))
    assert page.evaluate("window.buzzed") == [200, 100, 200]
    song.status, song.started_at = EntryStatus.PLAYING, jam.starts_at
    song.save()
    expect(page.locator("#call")).to_have_text("You're on now: Valerie")
    song.status, song.finished_at = EntryStatus.PLAYED, jam.ends_at
    song.save()
    expect(page.locator("#call")).to_be_hidden()
    expect(theirs.locator("#call")).to_be_hidden()
    page.locator("#me summary").first.click()
    expect(page.locator("#me .me-songs")).to_have_text("0 of 3 songs")


def test_open_form_outlives_an_answer_that_was_on_its_way(new_phone: NewPhone) -> None:
    page = musician(new_phone(), make_jam(), "Dana")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile("/me/$"), hold)
    page.evaluate("addEventListener('htmx:afterOnLoad', () => (document.body.dataset.answered = 'yes'))")
    with page.expect_request(re.compile("/me/$")):
        page.evaluate("htmx.trigger('#me', 'jam:me')")
    page.locator("#me summary").first.click()
    held.pop().continue_()
    expect(page.locator("body")).to_have_attribute("data-answered", "yes")
    expect(page.get_by_role("button", name="Buzz me when I'm up")).to_be_visible()


def test_move_code_moves_the_name_to_a_second_phone(new_phone: NewPhone) -> None:
    jam = make_jam()
    song = a_song(jam, "Valerie")
    first, second = musician(new_phone(), jam, "Dana"), open_jam(new_phone(), jam)
    first.locator(f"#heart-{song.pk}").click()
    open_own_part(first)
    first.get_by_role("button", name="Switch to another phone").click()
    code = first.locator("#my-code .code").inner_text()
    second.locator("#me-summary").click()
    second.get_by_text("I've already joined on another phone").click()
    second.get_by_label("Code from your other phone").fill(code.lower())
    second.get_by_role("button", name="Continue here").click()
    expect(second.locator("#me .me-name")).to_have_text("Dana")
    expect(second.locator(f"#heart-{song.pk}")).to_have_attribute("aria-pressed", "true")
    first.reload()
    expect(first.locator("#me-summary")).to_have_text("I play")


def test_keyboard_is_enough_to_join_vote_and_sign_up(new_phone: NewPhone) -> None:
    jam = make_jam()
    song = a_song(jam, "Valerie", "bass")
    page = open_jam(new_phone(**KEYBOARD), jam)
    reach(page, "#me summary")
    page.keyboard.press("Enter")
    reach(page, "#me-plays-bass")
    page.keyboard.press("Space")
    reach(page, "#me-name")
    page.keyboard.type("Dana")
    page.keyboard.press("Enter")
    expect(page.locator("#me .me-name")).to_have_text("Dana")
    reach(page, f"#play-{song.pk}")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet")).to_be_visible()
    reach(page, "#sheet [name=part]:checked")
    reach(page, "#sheet-body [type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("You're on bass")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(f"#play-{song.pk}")).to_be_focused()
    reach(page, f"#heart-{song.pk}")
    page.keyboard.press("Enter")
    expect(page.locator(f"#votes-{song.pk}")).to_have_text("1")
    assert Performance.objects.get().part == "bass"


def reach(page: Page, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(60):
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    expect(page.locator(selector).first).to_be_focused()


def test_musician_pages_work_without_javascript(new_phone: NewPhone) -> None:
    jam = make_jam()
    song = a_song(jam, "Valerie", "bass")
    page = new_phone(java_script_enabled=False).page
    page.goto(jam.get_absolute_url())
    page.locator(f"#play-{song.pk}").click()
    page.get_by_label("Your name at this jam").fill("Dana")
    page.get_by_role("button", name="Join", exact=True).click()
    page.locator(".chip", has_text="bass").click()
    page.get_by_role("button", name="Sign up").click()
    expect(row(page, song).locator(".badge")).to_have_text("Ready")
    page.get_by_role("link", name="Suggest a song").click()
    page.get_by_label("Title, artist or genre").fill("Halo")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Can't find it? Add it yourself").click()
    page.get_by_label("Artist").fill("Beyoncé")
    page.get_by_role("button", name="Suggest").click()
    expect(page.locator("#queue .song-title")).to_have_text(["Halo", "Valerie"])


def test_sign_up_without_network_says_so_and_can_be_retried(new_phone: NewPhone) -> None:
    jam = make_jam()
    song = a_song(jam, "Valerie")
    phone = new_phone()
    phone.expect_error("ERR_INTERNET_DISCONNECTED|htmx:")
    page = musician(phone, jam, "Dana", "bass")
    sheet = open_sheet(page, song)
    phone.context.set_offline(True)
    sheet.get_by_role("button", name="Sign up").click()
    expect(page.locator("#toasts")).to_contain_text("That didn't work. Please try again.")
    phone.context.set_offline(False)
    sheet.get_by_role("button", name="Sign up").click()
    expect(sheet.get_by_text("You're on bass")).to_be_visible()
    assert Performance.objects.count() == 1


def test_forms_disappear_when_a_jam_ends(new_phone: NewPhone, start_server: StartServer) -> None:
    server = start_server(**QUICK)
    jam = make_jam()
    song = a_song(jam, "Valerie")
    page, theirs = musician(new_phone(base_url=server.url), jam, "Dana"), open_jam(new_phone(base_url=server.url), jam)
    jam.status = JamStatus.ENDED
    jam.save()
    for phone in (page, theirs):
        expect(phone.locator(f"#play-{song.pk}")).to_be_hidden()
        expect(phone.get_by_role("link", name="Suggest a song")).to_have_count(0)
    expect(theirs.locator("#me")).to_be_hidden()
    expect(page.locator("#me .me-name")).to_have_text("Dana")
    expect(page.locator("#me form")).to_have_count(0)
    expect(page.get_by_role("link", name="Delete my data")).to_be_visible()


def test_musician_pages_fit_and_have_large_enough_targets(new_phone: NewPhone) -> None:
    jam = make_jam()
    song = a_song(jam, "Valerie", "bass", "drums", chord_url="https://chords.example/v")
    page = musician(new_phone(), jam, "Dana", "bass")
    open_own_part(page)
    expect(page.locator("#toasts .toast")).to_have_count(0)
    assert too_small(page, ".jam") == []
    page.locator("#me-summary").click()
    open_sheet(page, song)
    page.get_by_text("Change the link for this jam").click()
    assert too_small(page, "#sheet") == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def too_small(page: Page, within: str) -> list[str]:
    """Return the targets that are smaller than 44 by 44 pixels, except links in running text."""
    found: list[str] = page.evaluate(
        """(within) => [...document.querySelectorAll(`${within} :is(a, button, summary, select, input, label.chip)`)]
        .filter((e) => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !e.closest(".jam-facts"))
        .map((e) => [e, e.getBoundingClientRect()])
        .filter(([, box]) => box.width < 44 || box.height < 43.9)
        .map(([e, box]) => `${e.tagName} ${e.textContent.trim()} ${box.width}x${box.height}`)""",
        within,
    )
    return found


def test_new_song_can_be_suggested_on_a_page_of_its_own(phone: Phone) -> None:
    """Somebody may open the link of the form in another tab; there is no jam page around it then."""
    jam = make_jam()
    phone.page.goto(f"{jam.get_absolute_url()}suggest/?new=1")
    phone.page.get_by_label("Title").last.fill("Jolene")
    phone.page.get_by_label("Artist").last.fill("Dolly Parton")
    phone.page.get_by_role("button", name="Suggest").last.tap()
    expect(phone.page.get_by_role("heading", name="Jolene")).to_be_visible()
    assert Entry.objects.select_related("song").get().song.title == "Jolene"
