"""`python -m tools.icons`: draw the icons of the site, as browsers and phones want them, from its two SVG files."""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.phones import QUIET, find_chromium, install_chromium

IMAGES = Path(__file__).resolve().parent.parent / "static" / "img"
ICO_SIZES = [(16, 16), (32, 32), (48, 48)]
NIGHT = "#1b1226"
SHARE = (1200, 630)  # what apps show beside a link (https://ogp.me)
PAGE = """<body style="margin:0;background:{background};display:grid;place-content:center;justify-items:center;gap:40px;
height:100vh;font:700 64px system-ui;color:#fff1e0"><div style="width:{size}px">{svg}</div>{words}"""


def main() -> None:
    """Write every icon into static/img; install a Chromium first when there is none."""
    icon, logo = ((IMAGES / name).read_text() for name in ("favicon.svg", "logo.svg"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium() or install_chromium(), args=QUIET)
        for size in (192, 512):
            draw(browser, icon, (size, size), size).save(IMAGES / f"icon-{size}.png", optimize=True)
        # Phones round the corners themselves, and cut up to a tenth off each side of a maskable icon.
        draw(browser, logo, (180, 180), 130, NIGHT).save(IMAGES / "apple-touch-icon.png", optimize=True)
        draw(browser, logo, (512, 512), 330, NIGHT).save(IMAGES / "icon-maskable.png", optimize=True)
        draw(browser, logo, SHARE, 300, NIGHT, "Jamsite").quantize(256).save(IMAGES / "share.png", optimize=True)
        draw(browser, icon, (48, 48), 48).save(IMAGES / "favicon.ico", sizes=ICO_SIZES)
        browser.close()


def draw(
    browser: Browser, svg: str, screen: tuple[int, int], size: int, background: str = "transparent", words: str = ""
) -> Image.Image:
    """Return the drawing `svg`, `size` pixels wide, in the middle of `screen`, with `words` below it."""
    page = browser.new_page(viewport={"width": screen[0], "height": screen[1]})
    svg = svg.replace('width="64" height="64"', 'width="100%"', 1)
    page.set_content(PAGE.format(background=background, size=size, svg=svg, words=words))
    picture = Image.open(BytesIO(page.screenshot(omit_background=True)))
    page.close()
    return picture


if __name__ == "__main__":
    main()
