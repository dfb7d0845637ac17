"""A WebKit, the engine of every browser on an iPhone: Debian's MiniBrowser, driven by selenium on a screen of its own.

Playwright's WebKit is not in a package registry. These tests run with `make webkit` alone, because only Debian and its
relatives have this one.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import Server, wait_until

if TYPE_CHECKING:
    from selenium.webdriver import WebKitGTK

DRIVER = "WebKitWebDriver"
PACKAGES = ("webkit2gtk-driver", "xvfb")
SIZE = (360, 740)
LISTEN = """
    globalThis.heardErrors = [];
    addEventListener("error", ({ message }) => heardErrors.push(message));
    addEventListener("unhandledrejection", ({ reason }) => heardErrors.push(String(reason)));
"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "webkit: needs Debian's WebKit; runs with `make webkit` alone")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if any("webkit" in str(argument) for argument in config.invocation_params.args):
        return
    left_out = [item for item in items if item.get_closest_marker("webkit")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


class WebKit:
    """A browser window as wide as a phone; its addresses are paths of `server`."""

    def __init__(self, driver: "WebKitGTK", server: Server) -> None:
        self.driver = driver
        self.server = server

    def open(self, path: str) -> None:
        """Load a page; from then on, the errors of its scripts are remembered."""
        self.driver.get(self.server.url + path)
        self.driver.execute_script(LISTEN)

    def errors(self) -> list[str]:
        heard: list[str] = self.run("globalThis.heardErrors ?? []")
        return heard

    def run(self, script: str, *arguments: Any) -> Any:
        """Return the value of an expression; `arguments` are its `arguments`."""
        return self.driver.execute_script(f"return {script}", *arguments)

    def wait_for(self, script: str, *arguments: Any) -> None:
        """Return once the expression is true. Raises TimeoutError if it never is."""
        wait_until(lambda: bool(self.run(script, *arguments)))

    def tap(self, selector: str) -> None:
        self.driver.find_element("css selector", selector).click()

    def type(self, selector: str, words: str) -> None:
        self.driver.find_element("css selector", selector).send_keys(words)


@pytest.fixture(scope="session")
def browser_path() -> str:
    return find_browser()


@pytest.fixture(scope="session")
def display(browser_path: str) -> Iterator[str]:
    """An X screen of the size of a phone, such as ":99"."""
    width, height = SIZE
    line = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        yield f":{process.stdout.readline().strip()}"
        process.terminate()


def find_browser() -> str:
    """Return the path of MiniBrowser; as root, install Debian's when it is missing.

    Raises CalledProcessError when it cannot be had.
    """
    if not (shutil.which(DRIVER) and shutil.which("Xvfb")):
        subprocess.run(["apt-get", "update"], check=False)
        subprocess.run(["apt-get", "install", "--yes", "--no-install-recommends", *PACKAGES], check=True)
    return str(max(Path("/usr").glob("lib*/**/webkit2gtk-4.*/MiniBrowser")))


@pytest.fixture
def webkit(server: Server, browser_path: str, display: str) -> Iterator[WebKit]:
    """A new browser, without cookies; it fills the screen, because with its bars it is wider than a phone.

    An error that a script makes after a page has been loaded fails the test.
    """
    from selenium.webdriver import WebKitGTK, WebKitGTKOptions, WebKitGTKService

    options = WebKitGTKOptions()
    options.binary_location = browser_path
    for argument in ("--automation", "--full-screen"):
        options.add_argument(argument)
    service = WebKitGTKService(shutil.which(DRIVER), env={**os.environ, "DISPLAY": display})
    driver = WebKitGTK(options=options, service=service)
    driver.set_window_rect(0, 0, *SIZE)
    browser = WebKit(driver, server)
    yield browser
    errors = browser.errors()
    driver.quit()
    assert errors == []
