"""The signed cookie with a random id per browser. Jams store only a keyed hash, which differs for each jam."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from core.exceptions import Forbidden
from core.stable_names import BROWSER_COOKIE, BROWSER_SALT

COOKIE = settings.COOKIE_PREFIX + BROWSER_COOKIE
MAX_AGE_SECONDS = 400 * 24 * 60 * 60  # the maximum in current browsers


def read_browser(request: HttpRequest) -> str | None:
    """Return the browser's id, or None without a validly signed cookie."""
    return request.get_signed_cookie(COOKIE, default=None, salt=BROWSER_SALT)


def require_browser(request: HttpRequest) -> str | None:
    """Return the browser's id, or None without a cookie; raises Forbidden for an invalid signature."""
    browser = read_browser(request)
    if browser is None and COOKIE in request.COOKIES:
        sentence = _("Your cookie isn't valid any more. Reload the page to get a new one.")
        raise Forbidden(sentence)
    return browser


def create_browser_id() -> str:
    """Return a new random id of 144 bits for a browser."""
    return secrets.token_urlsafe(18)


def set_browser_cookie(response: HttpResponse, browser: str) -> None:
    """Set the cookie that holds the browser's id."""
    response.set_signed_cookie(
        COOKIE,
        browser,
        salt=BROWSER_SALT,
        max_age=MAX_AGE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def derive_attendee_key(jam_id: int, browser: str) -> str:
    """Return the keyed hash for `Attendee.browser`; hashes of different jams can't be linked."""
    return salted_hmac(BROWSER_SALT, f"{jam_id}:{browser}", algorithm="sha256").hexdigest()


def derive_card_key(series_id: int, browser: str) -> str:
    """Return the keyed hash for `Card.browser`; it can be linked to that of no jam, and of no other series."""
    return salted_hmac(BROWSER_SALT, f"series:{series_id}:{browser}", algorithm="sha256").hexdigest()
