"""The next nights, for the page shown when an address no longer exists."""

from django import template
from django.http import HttpRequest

from jams.models import Jam
from jams.selectors.next_nights import list_next_nights

PAGES = ("jams", "songs", "venues")  # the apps whose pages are for everybody

register = template.Library()


@register.simple_tag
def find_next_nights(request: HttpRequest) -> list[Jam]:
    """Return the next nights, if `request` asked for a public page that could be there.

    For an address without a view nothing is read, because robots try many of those.
    """
    match = getattr(request, "resolver_match", None)
    return list_next_nights() if match and match.app_name in PAGES else []
