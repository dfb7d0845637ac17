"""API authentication of guests by browser cookie, with the same CSRF protection as the pages."""

from django.http import HttpRequest, HttpResponse
from ninja.security import APIKeyCookie

from jams.identity import browser_cookie


class BrowserRequest(HttpRequest):
    """A request that `BrowserAuth` has let in."""

    auth: str


class BrowserAuth(APIKeyCookie):
    """Sets `request.auth` to the id of the browser, or to a new id if it has none; 403 without a CSRF token.

    After a successful write, call `set_browser_cookie_if_new` so that the browser keeps its id.
    """

    param_name = browser_cookie.COOKIE

    def authenticate(self, request: HttpRequest, key: str | None) -> str:
        return browser_cookie.require_browser(request) or browser_cookie.create_browser_id()


def set_browser_cookie_if_new(request: BrowserRequest, response: HttpResponse) -> None:
    """Set the cookie for a browser that sent none."""
    if browser_cookie.COOKIE not in request.COOKIES:
        browser_cookie.set_browser_cookie(response, request.auth)
