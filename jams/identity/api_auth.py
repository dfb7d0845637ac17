"""How the API knows a listener: by the same cookie as the pages, with the same protection from other sites."""

from django.http import HttpRequest, HttpResponse
from ninja.security import APIKeyCookie

from jams.identity import browser_cookie


class BrowserRequest(HttpRequest):
    """A request that `BrowserAuth` has let in."""

    auth: str


class BrowserAuth(APIKeyCookie):
    """Lets every browser in, and `request.auth` is its id, a new one if it brings none; 403 without a CSRF token.

    A write that succeeds calls `keep`, so that the browser is known from then on.
    """

    param_name = browser_cookie.COOKIE

    def authenticate(self, request: HttpRequest, key: str | None) -> str:
        return browser_cookie.require_browser(request) or browser_cookie.new_browser()


def set_browser_cookie_if_new(request: BrowserRequest, response: HttpResponse) -> None:
    """Let a browser that came without an id keep the one it was given."""
    if browser_cookie.COOKIE not in request.COOKIES:
        browser_cookie.set_browser_cookie(response, request.auth)
