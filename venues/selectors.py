"""Finding venues by words from the name and address, in any order, with prefixes and typos; a venue's colours."""

from dataclasses import dataclass

from core.colours import Colour, choose_text, format_colour, make_readable, mix, parse_colour
from core.fulltext.index import TextIndex
from venues.models import Venue, VenueQuerySet

INDEX = TextIndex(Venue)
POPULAR = ("name", "pk")
#: By theme, the background of static/css/site.css that is hardest to read on, and how much accent is laid over it.
GROUNDS: dict[str, tuple[Colour, float]] = {
    "dark": (parse_colour("#261b35"), 0.12),
    "light": (parse_colour("#faf6f0"), 0.09),
}


def find_venues(text: str, *, among: VenueQuerySet) -> list[Venue]:
    """Return the venues of `among` that match `text`, best first."""
    return INDEX.find(among, text, popular=POPULAR)


def filter_venues(venues: VenueQuerySet, text: str) -> VenueQuerySet:
    """Return those of `venues` that match `text`, in their own order; all of them if it is empty."""
    return INDEX.filter(venues, text, popular=POPULAR)


@dataclass(frozen=True)
class Accent:
    """A venue's colour in one theme: for text and lines, for what is under the pointer, and for text on it."""

    plain: str
    strong: str
    on: str
    wash: str


def derive_accents(colour: str) -> dict[str, Accent]:
    """Return the accents of a venue by theme; readable, whatever the colour is."""
    return {theme: _derive_accent(parse_colour(colour), ground, wash) for theme, (ground, wash) in GROUNDS.items()}


def _derive_accent(colour: Colour, ground: Colour, wash: float) -> Accent:
    plain = make_readable(colour, on=ground, wash=wash)
    strong = mix(plain, choose_text(ground), 0.2)
    red, green, blue = plain
    return Accent(
        plain=format_colour(plain),
        strong=format_colour(strong),
        on=format_colour(choose_text(plain)),
        wash=f"rgb({red} {green} {blue} / {wash:.0%})",
    )
