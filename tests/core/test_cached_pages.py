"""What every public page owes to every visitor, whatever it shows."""

from html.parser import HTMLParser

import pytest
from django.urls import reverse

from tests.builders import make_entry, make_jam, make_song, make_venue

pytestmark = pytest.mark.django_db

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "path"}


class Page(HTMLParser):
    """The tags of a page in order, each with its attributes; `unclosed` is what its author forgot."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.unclosed: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.unclosed.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]

    def values(self, attribute: str) -> list[str | None]:
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]


@pytest.fixture(
    params=[
        "/",
        "/jams/",
        "/songs/",
        "/songs/{song}/",
        "/venues/",
        "/venues/attic/",
        "/about/",
        "/search/",
        "/search/?q=song",
        "/api/v1/docs",
        "/nope/",
    ]
)
def path(request):
    jam = make_jam(venue=make_venue(slug="attic"))
    song = make_song(parts=[{"part": "bass"}])
    make_entry(jam=jam, song=song)
    return request.param.format(song=song.pk)


@pytest.fixture
def page(client, path):
    return Page(client.get(path).content.decode())


def test_a_page_closes_what_it_opens(page):
    assert page.unclosed == []


def test_a_page_names_its_language(page):
    assert page.all("html") == [{"lang": "en", "dir": "ltr"}]


def test_a_page_has_its_landmarks_once(page):
    assert [len(page.all(tag)) for tag in ("main", "footer", "h1")] == [1, 1, 1]
    assert [attrs["id"] for attrs in page.all("main")] == ["main"]


def test_a_page_can_be_entered_past_its_header(page):
    assert page.all("a")[0] == {"class": "skip-link", "href": "#main"}


def test_every_navigation_has_a_name_of_its_own(page):
    names = [attrs["aria-label"] for attrs in page.all("nav")]
    assert len(set(names)) == len(names)


def test_headings_skip_no_level(page):
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert [here for last, here in zip([0, *levels], levels, strict=False) if here > last + 1] == []


def test_ids_are_unique_and_every_field_has_a_label(page):
    ids = page.values("id")
    shown = [attrs for tag in ("input", "select") for attrs in page.all(tag) if attrs.get("type") != "hidden"]
    fields = [attrs for attrs in shown if "aria-label" not in attrs]
    assert len(set(ids)) == len(ids)
    assert sorted(attrs["id"] for attrs in fields) == sorted(attrs["for"] for attrs in page.all("label"))


def test_pictures_keep_their_place_and_have_a_text(page):
    assert [attrs for attrs in page.all("img") if not {"alt", "width", "height"} <= attrs.keys()] == []


def test_a_page_loads_nothing_from_elsewhere_and_has_nothing_inline(page):
    links = [attrs for attrs in page.all("link") if attrs["rel"] != "canonical"]  # a name, which nothing loads
    loaded = [attrs.get("src") or attrs["href"] for attrs in [*page.all("script"), *page.all("img"), *links]]
    ours = ("/static/", reverse("favicon"), reverse("manifest"))
    assert [address for address in loaded if not address.startswith(ours)] == []
    assert [key for _, attrs in page.tags for key in attrs if key == "style" or key.startswith("on")] == []
    assert page.all("style") == []


def test_inner_pages_lead_back_home(page, path):
    breadcrumbs = [attrs for attrs in page.all("nav") if attrs["aria-label"] == "Breadcrumbs"]
    assert len(breadcrumbs) == (0 if path in ("/", "/nope/") else 1)


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", ["/"]), ("/jams/", ["/jams/"]), ("/songs/", ["/songs/"]), ("/about/", []), ("/venues/", ["/venues/"])],
    ids=str,
)
def test_the_navigation_marks_where_one_is(client, path, current):
    links = Page(client.get(path).content.decode()).all("a")
    assert [attrs["href"] for attrs in links if attrs.get("aria-current") == "page"] == current
