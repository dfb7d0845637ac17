"""`make screenshots`: photograph every page of the demo, on a phone and a desktop, into docs/screenshots."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from core.network import find_free_port
from tests.phones import QUIET, find_chromium, install_chromium

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
JAM = "/jams/lantern-open-jam/"
ENDED_JAM = "lantern-first-light"
SCREENS = {"phone": {"width": 360, "height": 740}, "desktop": {"width": 1440, "height": 900}}
PUBLIC_PAGES = {
    "home": "/",
    "jams": "/jams/",
    "jam": JAM,
    "stage": f"{JAM}stage/",
    "songs": "/songs/",
    "song": "/songs/1/",
    "venues": "/venues/",
    "venue": "/venues/blue-lantern-berlin/",
    "search": "/search/?q=love",
    "about": "/about/",
    "api": "/api/v1/docs",
    "not-found": "/nowhere/",
}
HOST_PAGES = {
    "nights": "/host/",
    "new-night": "/host/nights/new/",
    "night-songs": "/host/lantern-open-jam/songs/last/",
    "console": "/host/lantern-open-jam/",
    "report": f"/host/{ENDED_JAM}/report/",
    "admin": "/admin/jams/jam/",
}
COLOURS = 256  # enough for the dark design, and half the bytes of true colour


def main() -> None:
    """Write all screenshots; install a Chromium first when there is none."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serve_demo(Path(folder)) as (url, logins),
        sync_playwright() as playwright,
    ):
        path = find_chromium() or install_chromium()
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        for screen in SCREENS:
            take_screenshots(browser, url, screen, logins["host"])
        browser.close()


@contextmanager
def serve_demo(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve the demo with its data in `folder`; yield its URL and the password of each demo account."""
    port = find_free_port()
    line = [sys.executable, "manage.py", "serve", "--prepare", "--demo", "--port", str(port)]
    environment = {**os.environ, "DATA_DIR": str(folder), "LOG_LEVEL": "WARNING"}
    server = subprocess.Popen(line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        for said in server.stdout or ():
            if said.startswith("Press Ctrl-C"):
                break
        logins = dict(line.split() for line in (folder / "demo-logins.txt").read_text().splitlines())
        yield f"http://127.0.0.1:{port}", logins
    finally:
        server.terminate()
        server.wait()


def take_screenshots(browser: Browser, url: str, screen: str, password: str) -> None:
    """Take the public pages, then log in as the host and take the pages for hosts."""
    page = browser.new_page(viewport=SCREENS[screen], base_url=url, color_scheme="dark")  # type: ignore[arg-type]  # a plain dict for a TypedDict
    for name, address in PUBLIC_PAGES.items():
        save_screenshot(page, name, screen, address)
    page.goto("/admin/login/")
    page.fill("#id_username", "host")
    page.fill("#id_password", password)
    page.press("#id_password", "Enter")
    page.wait_for_url("**/host/")
    for name, address in HOST_PAGES.items():
        save_screenshot(page, name, screen, address)
    page.close()


def save_screenshot(page: Page, name: str, screen: str, address: str) -> None:
    """Open `address` and save it as docs/screenshots/NAME-SCREEN.png."""
    page.goto(address)
    page.wait_for_timeout(800)  # time for the socket to open and pictures to load
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB").quantize(COLOURS)
    picture.save(TARGET / f"{name}-{screen}.png", optimize=True)


if __name__ == "__main__":
    main()
