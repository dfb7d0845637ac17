"""Real phones for the browser tests: Chromium windows of 360 by 740 pixels with a touch screen."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.programs import install_packages
from tests.servers import PATIENCE, Server

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def install_chromium() -> str | None:
    """Get a Chromium: Debian's when we may install it, else Playwright's own, whose path is None.

    Raises CalledProcessError, with the output above it, when neither can be had.
    """
    install_packages("chromium")
    if not find_chromium():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    return find_chromium()


@dataclass
class Phone:
    """A browser window with cookies of its own; `page` is Playwright's.

    `expect_error(pattern)` announces an error in its console, such as a refused request that a test provokes.
    """

    page: Page
    errors: list[str] = field(default_factory=list)
    # A page that is left gives up what it had asked for, which htmx calls an error; a real one has a line of its own.
    expected: list[str] = field(default_factory=lambda: ["^htmx:(sendAbort|afterRequest), "])

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def listen(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} ({message.location['url']}, on {self.page.url})")

    def expect_error(self, pattern: str) -> None:
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        return [error for error in self.errors if not any(re.search(pattern, error) for pattern in self.expected)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium, for one module of tests: while it runs, asyncio.run() is not to be had in this thread.

    Playwright's loop makes Django think that the tests are asynchronous code, which they are not.
    """
    path = find_chromium() or install_chromium()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE * 1000)
        browser = playwright.chromium.launch(executable_path=path, args=QUIET, timeout=PATIENCE * 1000)
        yield browser
        browser.close()


@pytest.fixture
def new_phone(browser: Browser, server: Server, start_server: Callable[..., Server]) -> Iterator[Callable[..., Phone]]:
    """A factory of independent phones: `new_phone()`, `new_phone(java_script_enabled=False)`.

    It asks for `start_server` only so that phones are put away before any server stops.
    """
    phones: list[Phone] = []

    def make(**options: Any) -> Phone:
        screen = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
        context = browser.new_context(**{"base_url": server.url, **screen, **options})
        context.set_default_timeout(PATIENCE * 1000)
        phones.append(Phone(context.new_page()))
        phones[-1].listen()
        return phones[-1]

    yield make
    for phone in phones:
        phone.context.close()
    assert [error for phone in phones for error in phone.unexpected()] == []


@pytest.fixture
def phone(new_phone: Callable[..., Phone]) -> Phone:
    return new_phone()
