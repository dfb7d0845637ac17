"""The colours can be read: WCAG 2.2, contrast of 4.5 to 1 for text and 3 to 1 for the edges of controls."""

import re

import pytest
from django.conf import settings

CSS = settings.BASE_DIR / "static" / "css"
TOKENS = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", (CSS / "site.css").read_text()))
GROUNDS = ["night", "surface", "raised", "hot-surface"]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(TOKENS[one]), luminance(TOKENS[other])))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ["text", "muted", "accent", "accent-strong", "coral", "good", "cool", "hot"])
def test_text_can_be_read_on_every_ground(ink, ground):
    assert contrast(ink, ground) >= 4.5


@pytest.mark.parametrize("ground", ["accent", "accent-strong", "coral", "good"])
def test_text_can_be_read_on_bright_grounds(ground):
    assert contrast("on-accent", ground) >= 4.5


@pytest.mark.parametrize("ground", GROUNDS[:3])
def test_the_edge_of_a_control_can_be_seen(ground):
    assert contrast("line-strong", ground) >= 3


def test_every_rule_stands_in_a_layer():
    """But for the admin's pages: Django's own rules stand in none, and would win over any layer."""
    ours = [path for path in CSS.glob("*.css") if path.name not in ("dashboard.css", "imports.css")]
    loose = {path.name: re.findall(r"^[^\s@/}*].*{", path.read_text(), re.MULTILINE) for path in ours}
    assert {name: rules for name, rules in loose.items() if rules} == {}
