"""The next nights of the whole site, for a page that leads on, such as that of a night which was deleted."""

from django.conf import settings
from django.utils import timezone

from core.caching import generations
from core.showable import keep_showable
from jams.models import Jam

NIGHTS = 3


def list_next_nights() -> list[Jam]:
    """Return the nights that are on or come next, with their venues; cached until a jam or a venue changes."""
    return generations.get_or_build(
        "next-nights",
        depends_on=("jams", "venues"),
        seconds=settings.LIST_CACHE_SECONDS,
        build=lambda _order: keep_showable(Jam.objects.on_or_coming(timezone.now()).select_related("venue")[:NIGHTS]),
    )
