"""A host imports songs from a file: the page shows the progress by itself and is accessible."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from jobs.queue import claim_next_job
from jobs.worker import run_job
from songs.models import Song
from tests.browser.test_accessibility import faults
from tests.browser.test_host import log_in
from tests.builders import make_song
from tests.hosts import make_host
from tests.phones import Phone
from tests.servers import Server

START = "/admin/songs/song/import/"
GOOD = "Title;Artist;Tempo\nKiss;Prince;111\nValerie;The Zutons;212\n"
BAD = GOOD + "kiss;prince;\n;Nobody;\n" + "Fine;Band;9000\n" * 200
NewPhone = Callable[..., Phone]


def send(page: Page, content: str) -> None:
    page.goto(START)
    page.get_by_label("CSV file").set_input_files(
        {"name": "songs.csv", "mimeType": "text/csv", "buffer": content.encode()}
    )
    page.get_by_role("button", name="Check file").click()


def work() -> None:
    job = claim_next_job("worker", now=timezone.now())
    assert job is not None
    run_job(job)


def test_import_shows_progress_to_the_host(new_phone: NewPhone, server: Server) -> None:
    make_song(title="Kiss", artist="Prince", tempo=100)
    page = log_in(new_phone(), server, make_host()).page
    send(page, GOOD)
    expect(page.get_by_role("progressbar", name="The file is being checked.")).to_be_visible()
    seen = faults(page)
    work()
    expect(page.get_by_role("heading", name="Updated songs: 1")).to_be_visible()
    seen += faults(page)
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("progressbar", name="The songs are being imported.")).to_be_visible()
    work()
    expect(page.get_by_text("The file was imported.")).to_be_visible()
    assert (seen + faults(page), Song.objects.count()) == ([], 2)


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["with scripts", "without"])
def test_import_errors_fit_on_a_phone(new_phone: NewPhone, server: Server, options: dict[str, bool]) -> None:
    page = log_in(new_phone(**options), server, make_host()).page
    page.goto(START)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    send(page, BAD)
    work()
    if options:
        page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", name="Lines with errors: 201")).to_be_visible()
    expect(page.get_by_text("Only the first 100 are shown.")).to_be_visible()
    assert page.get_by_role("button", name="Import").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
