"""Colours that people choose, made readable: lighter or darker until the contrast is that of WCAG 2.2 (AA)."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MIN_CONTRAST = 4.5
LINEAR_UP_TO = 0.04045  # the dark end of sRGB
STEPS = 50  # from the chosen colour to black or white
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
BLACK, WHITE = (0, 0, 0), (255, 255, 255)

type Colour = tuple[int, int, int]


def validate_colour(text: str) -> None:
    """Raise ValidationError unless `text` is a colour such as "#b4330f"."""
    if not COLOUR.fullmatch(text):
        raise ValidationError(_("Enter a colour such as #b4330f."))


def parse_colour(text: str) -> Colour:
    """Return red, green and blue of "#b4330f"."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def format_colour(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """Return `colour` with this share of `other` in it, from 0 to 1."""
    red, green, blue = (round(one + (two - one) * share) for one, two in zip(colour, other, strict=True))
    return red, green, blue


def get_contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio of two colours, from 1 to 21, as WCAG defines it."""
    darker, lighter = sorted((_get_luminance(one), _get_luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def make_readable(colour: Colour, *, on: Colour, wash: float = 0) -> Colour:
    """Return `colour`, or the nearest one towards black or white that can be read on `on`.

    `wash` is how much of the colour itself may be laid over the background, from 0 to 1.
    """
    target = WHITE if get_contrast(on, WHITE) > get_contrast(on, BLACK) else BLACK
    shades = (mix(colour, target, step / STEPS) for step in range(STEPS + 1))
    return next((shade for shade in shades if get_contrast(shade, mix(on, shade, wash)) >= MIN_CONTRAST), target)


def choose_text(on: Colour) -> Colour:
    """Return black or white, whichever can be read better on `on`."""
    return max((BLACK, WHITE), key=lambda colour: get_contrast(colour, on))


def _get_luminance(colour: Colour) -> float:
    shares = [part / 255 for part in colour]
    red, green, blue = (
        share / 12.92 if share <= LINEAR_UP_TO else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
