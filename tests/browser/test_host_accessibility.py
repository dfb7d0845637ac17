"""axe-core on every page for hosts: each is opened once, at 320 pixels in light colours, and then turned dark."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.urls import get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from jams.models import Entry, EntryStatus, Format, Jam, JamStatus
from jams.services.host_actions import HOST_ACTIONS
from jams.services.invitations import invite, sign_invitation
from tests.browser.test_accessibility import faults
from tests.browser.test_host import log_in
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_member,
    make_performance,
    make_series,
    make_song,
    make_vote,
    make_waiting,
)
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server
from venues.models import Role

NOW = timezone.now()
#: Addresses that show no whole page to a GET.
NO_PAGES = {*HOST_ACTIONS, "live", "find_songs", "report_csv", "undo", "withdraw_invitation", "series_template"}
ELSEWHERE = {"night_host", "series_host", "invitation"}  # the same page as "member"; its `pk` is not that of a series
OF_GUESTS = ("running_order", "poster", "table_cards", "room", "set_list", "recap")


def fill_night(jam: Jam) -> None:
    """Give the night people, bands, and a song in every status."""
    times: dict[str, dict[str, Any]] = {
        EntryStatus.PLAYING: {"started_at": NOW},
        EntryStatus.PLAYED: {"started_at": NOW, "finished_at": NOW},
        EntryStatus.ON_DECK: {"on_deck_at": NOW},
    }
    for status in EntryStatus:
        song = make_song(parts=[{"part": "guitar"}, {"part": "bass"}], key="Am")
        entry = make_entry(jam=jam, song=song, status=status, **times.get(status, {}))
        make_performance(entry=entry, attendee=make_attendee(jam=jam, name=f"Dana {status}"))
        make_vote(entry=entry)
    for name in ("Otis", "Priya"):
        make_waiting(jam=jam, name=name)
    make_band(jam=jam, people={make_attendee(jam=jam, name="Zoe"): "bass"}, status="played")


def list_host_pages(values: dict[str, Any]) -> Iterator[str]:
    """Yield the address of every page below /host/, as `values` fill it in."""
    for name, patterns in get_resolver().namespace_dict["host"][1].reverse_dict.lists():
        if isinstance(name, str) and name not in NO_PAGES | ELSEWHERE:
            (_path, wanted), *_more = patterns[0][0]
            yield reverse(f"host:{name}", kwargs={part: values[part] for part in wanted})


def find_faults(page: Page) -> list[str]:
    """Return what axe finds, and in the dark what it finds about colours."""
    page.emulate_media(color_scheme="light")
    found = faults(page)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("wider than the screen")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    contrast = Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    return [*found, *(f"dark {one['id']}: {node['target']}" for one in contrast for node in one["nodes"])]


def test_pages_for_hosts_have_no_accessibility_violations(
    new_phone: Callable[..., Phone], server: Server, transactional_db: None
) -> None:
    hannah = make_host(username="hannah")
    venue = make_member(user=hannah, role=Role.MANAGER).venue
    igor = make_member(venue=venue, username="igor")
    jam = make_jam(hosts=(hannah,), venue=venue, format=Format.MIXED)
    fill_night(jam)
    over = make_jam(venue=venue, starts_at=NOW - timedelta(days=7), status=JamStatus.ENDED, recap_public=True)
    fill_night(over)
    Entry.objects.filter(jam=over, status=EntryStatus.PLAYING).delete()
    coming = make_jam(venue=venue, starts_at=NOW + timedelta(days=7), status=JamStatus.SCHEDULED)
    series, offer = make_series(venue=venue), invite(target=venue, role=Role.HOST, user=hannah, now=NOW)
    values = {"slug": jam.slug, "pk": series.pk, "venue": venue.slug, "person": igor.pk}
    pages = [*list_host_pages({**values, "slug": coming.slug})]
    pages.append(reverse("host:invitation", args=[offer.pk]))
    pages += [reverse("host:console", args=[jam.slug]), reverse("host:report", args=[jam.slug])]
    pages += [reverse("host:console", args=[over.slug]), reverse("host:report", args=[over.slug])]
    pages += [f"/jams/{jam.slug}/arrivals/", f"/jams/{over.slug}/", reverse("jams:series_poster", args=[series.code])]
    pages += [reverse(f"jams:{name}", args=[over.slug if name == "recap" else jam.slug]) for name in OF_GUESTS]
    pages.append(f"{reverse('jams:invitation')}?key={sign_invitation(offer)}")

    page = log_in(new_phone(viewport={"width": 320, "height": 640}), server, hannah).page
    found = {}
    for path in pages:
        page.goto(path)
        found[path] = find_faults(page)
    page.goto(reverse("host:songs_paste", args=[jam.slug]))
    page.get_by_label("One song per line: Title - Artist").fill("Creep - Radiohead\nNonsense")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Left out")).to_be_visible()
    found["preview"] = find_faults(page)
    page.get_by_role("button", name="Log out").click()
    page.goto("/host/")
    expect(page.get_by_label("Password")).to_be_visible()
    found["login"] = find_faults(page)
    assert len(found) > 30
    assert {path: lines for path, lines in found.items() if lines} == {}
