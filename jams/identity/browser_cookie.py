"""One browser, one signed random id; what a jam keeps of it is useless at any other jam."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core.exceptions import Forbidden
from core.stable_names import BROWSER_COOKIE, BROWSER_SALT

COOKIE = settings.COOKIE_PREFIX + BROWSER_COOKIE
MAX_AGE_SECONDS = 400 * 24 * 60 * 60  # the longest that browsers keep a cookie


def read_browser(request: HttpRequest) -> str | None:
    """Return the browser's id, or None when it has none that we signed."""
    return request.get_signed_cookie(COOKIE, default=None, salt=BROWSER_SALT)


def require_browser(request: HttpRequest) -> str | None:
    """Return the browser's id, or None when it brings none; raises Forbidden for one that we did not sign."""
    browser = read_browser(request)
    if browser is None and COOKIE in request.COOKIES:
        sentence = _("Your cookie isn't valid any more. Reload the page to get a new one.")
        raise Forbidden(sentence)
    return browser


def new_browser() -> str:
    """Return an id for a browser that has none: 144 random bits."""
    return secrets.token_urlsafe(18)


def set_browser_cookie(response: HttpResponse, browser: str) -> None:
    """Let the browser keep its id."""
    response.set_signed_cookie(
        COOKIE,
        browser,
        salt=BROWSER_SALT,
        max_age=MAX_AGE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def attendee_key(jam_id: int, browser: str) -> str:
    """Return what `Attendee.browser` holds of this browser at this jam; it tells nothing about any other jam."""
    return salted_hmac(BROWSER_SALT, f"{jam_id}:{browser}", algorithm="sha256").hexdigest()
