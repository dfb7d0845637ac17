"""Browsers at a jam, without a server: they have opened the page, and may have joined by name."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.test import Client

from jams.identity import browser_cookie
from jams.models import Attendee, Jam

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

HTMX = {"HX-Request": "true"}


class Browser:
    """One browser; addresses are those below the page of its jam. With `name` it has joined."""

    def __init__(self, jam: Jam, *, name: str = "", plays: tuple[str, ...] = ()) -> None:
        self.client = Client()
        self.at(jam, name=name, plays=plays)

    def at(self, jam: Jam, *, name: str = "", plays: tuple[str, ...] = ()) -> None:
        """Open the page of `jam`, too, and join there with `name` if it is given."""
        self.jam = jam
        self.get("")
        if name:
            assert self.post("me/join/", name=name, plays=list(plays)).status_code == 303

    @property
    def attendee(self) -> Attendee:
        """Who this browser is at its jam; raises Attendee.DoesNotExist before its first act."""
        request = HttpRequest()
        request.COOKIES = {name: morsel.value for name, morsel in self.client.cookies.items()}
        browser = browser_cookie.read_browser(request)
        return Attendee.objects.get(
            jam=self.jam, browser=browser_cookie.derive_attendee_key(self.jam.pk, browser or "")
        )

    def get(self, address: str, **options: Any) -> "Response":
        return self.client.get(self.jam.get_absolute_url() + address, **options)

    def post(self, address: str, *, htmx: bool = False, **data: Any) -> "Response":
        return self.client.post(self.jam.get_absolute_url() + address, data, headers=HTMX if htmx else {})

    def say(self, address: str, **data: Any) -> str:
        """Post as htmx does and return what it is answered."""
        return self.post(address, htmx=True, **data).content.decode()
