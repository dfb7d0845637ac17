"""Style sheets: contrast as in WCAG 2.2 (4.5 to 1 for text, 3 to 1 for the edges of controls), layers, breakpoints."""

import re

import pytest
from django.conf import settings

CSS = settings.BASE_DIR / "static" / "css"
DARK, LIGHT = (CSS / "site.css").read_text().split(':root[data-theme="light"] {')
THEMES = {
    name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text)) for name, text in (("dark", DARK), ("light", LIGHT))
}
of_themes = pytest.mark.parametrize("theme", THEMES)
BACKGROUNDS = ["night", "surface", "raised", "hot-surface"]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(theme: str, one: str, other: str) -> float:
    dark, light = sorted(luminance(THEMES[theme][name]) for name in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_themes_have_the_same_colours():
    assert THEMES["dark"].keys() == THEMES["light"].keys()


def test_browser_bar_has_the_colour_of_the_page():
    script = (CSS.parent / "js" / "theme.js").read_text()
    assert dict(re.findall(r'(\w+): "(#\w+)"', script)) == {name: colours["night"] for name, colours in THEMES.items()}


@of_themes
@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("colour", ["text", "muted", "accent", "accent-strong", "coral", "good", "cool", "hot"])
def test_text_colours_contrast_with_every_background(colour, background, theme):
    assert contrast(theme, colour, background) >= 4.5


@of_themes
@pytest.mark.parametrize("background", ["accent", "accent-strong", "coral", "good"])
def test_text_on_buttons_contrasts_with_them(background, theme):
    assert contrast(theme, "on-accent", background) >= 4.5


@of_themes
@pytest.mark.parametrize("background", BACKGROUNDS[:3])
def test_control_edges_contrast_with_every_background(background, theme):
    assert contrast(theme, "line-strong", background) >= 3


def test_rules_are_all_in_a_layer():
    """Except those of the admin's pages: Django's own rules are in no layer, and would override any layer."""
    ours = [path for path in CSS.glob("*.css") if path.name not in ("dashboard.css", "imports.css")]
    loose = {path.name: re.findall(r"^[^\s@/}*].*{", path.read_text(), re.MULTILINE) for path in ours}
    assert {name: rules for name, rules in loose.items() if rules} == {}


def test_media_queries_use_only_the_breakpoints_of_the_design():
    breakpoints = re.findall(r"(\d+)rem \(a (?:phone|tablet|desktop)\)", (CSS / "site.css").read_text())
    queries = [query for path in CSS.glob("*.css") for query in re.findall(r"@media.*width.*", path.read_text())]
    used = [re.fullmatch(r"@media \(width (?:>=|<) (\d+)rem\) {", query) for query in queries]
    assert len(breakpoints) == 3
    assert {match and match[1] for match in used} == set(breakpoints)
