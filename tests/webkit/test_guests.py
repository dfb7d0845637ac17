"""What guests do with an iPhone, in the engine of its browsers."""

import pytest

from jams.models import Jam
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song
from tests.visitors import Visit
from tests.webkit.conftest import WebKit
from votes.models import Vote

pytestmark = [
    pytest.mark.webkit,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),  # selenium of itself
]
WIDTH = 360
SONGS = 30
LONG_TITLE = "Donaudampfschifffahrtsgesellschaftskapitän " * 4
TOP = "document.getElementById(arguments[0]).getBoundingClientRect().top"


def open_jam(webkit: WebKit, jam: Jam) -> None:
    webkit.open(jam.get_absolute_url())
    webkit.wait_for("document.getElementById('connection').dataset.state === 'live'")


def a_long_night() -> Jam:
    jam = make_jam()
    for number in range(SONGS):
        make_entry(jam=jam, song=make_song(title=f"Song {number:02}", artist="Them"))
    return jam


def test_row_under_the_thumb_stays_when_others_vote(webkit: WebKit, visit: Visit) -> None:
    jam = a_long_night()
    entries = list(jam.entries.order_by("song__title"))
    open_jam(webkit, jam)
    aimed_at, voted = entries[SONGS // 2], entries[-1]
    webkit.run("document.getElementById(arguments[0]).scrollIntoView({ block: 'center' })", f"entry-{aimed_at.pk}")
    before = webkit.run(TOP, f"entry-{aimed_at.pk}")
    visit(webkit.server, jam).tap(voted).raise_for_status()
    webkit.wait_for("document.getElementById(arguments[0]).textContent === '1'", f"votes-{voted.pk}")
    assert webkit.run("document.querySelector('#queue > .entry').id") == f"entry-{voted.pk}"  # it went to the top
    assert webkit.run(TOP, f"entry-{aimed_at.pk}") == before


def test_heart_is_given_counted_and_taken_back(webkit: WebKit) -> None:
    jam = a_long_night()
    entry = jam.entries.order_by("song__title")[2]
    open_jam(webkit, jam)
    before = webkit.run(TOP, f"entry-{entry.pk}")
    for pressed, votes in (("true", "1"), ("false", "0")):
        webkit.tap(f"#heart-{entry.pk}")
        webkit.wait_for(
            "document.getElementById(arguments[0]).textContent === arguments[1]", f"votes-{entry.pk}", votes
        )
        assert webkit.run("document.getElementById(arguments[0]).ariaPressed", f"heart-{entry.pk}") == pressed
        assert Vote.objects.filter(entry=entry).count() == int(votes)
        assert webkit.run(TOP, f"entry-{entry.pk}") == before


def test_typing_finds_a_song_on_the_list(webkit: WebKit) -> None:
    jam = a_long_night()
    make_entry(jam=jam, song=make_song(title="Déjà vu", artist="Beyoncé"))
    open_jam(webkit, jam)
    webkit.type("#find", "deja beyonce")
    titles = "[...document.querySelectorAll('#queue > .entry:not(.out) .song-title')].map((title) => title.innerText)"
    webkit.wait_for(f"{titles}.length === 1")
    assert webkit.run(titles) == ["Déjà vu"]


def test_sheet_of_a_song_opens_and_closes(webkit: WebKit) -> None:
    jam = make_jam()
    entry = make_entry(jam=jam, song=make_song(title="Déjà vu"))
    make_performance(entry=entry, attendee=make_attendee(jam=jam, name="Dana"))
    open_jam(webkit, jam)
    webkit.tap(f"#play-{entry.pk}")
    webkit.wait_for("document.getElementById('sheet').open")
    assert "Déjà vu" in webkit.run("document.getElementById('sheet').innerText")
    webkit.tap("#sheet .sheet-close")
    webkit.wait_for("!document.getElementById('sheet').open")
    assert webkit.run("document.activeElement.id") == f"play-{entry.pk}"


def test_no_page_for_guests_scrolls_sideways(webkit: WebKit) -> None:
    jam = make_jam(name=LONG_TITLE[:120].strip(), description="https://example.com/" + "a" * 180)
    song = make_song(title=LONG_TITLE.strip(), artist=LONG_TITLE.strip())
    make_entry(jam=jam, song=song)
    page = jam.get_absolute_url()
    pages = [
        "/",
        "/jams/",
        page,
        f"{page}suggest/",
        f"{page}stage/",
        song.get_absolute_url(),
        jam.venue.get_absolute_url(),
    ]
    widths = {}
    for path in pages:
        webkit.open(path)
        assert webkit.run("innerWidth") == WIDTH
        widths[path] = webkit.run("document.documentElement.scrollWidth")
    assert widths == dict.fromkeys(pages, WIDTH)


def test_scripts_of_a_page_run_without_an_error(webkit: WebKit) -> None:
    """Each is loaded once more, because nobody listens yet when a page loads its scripts."""
    jam = a_long_night()
    for path in ("/", jam.get_absolute_url(), f"{jam.get_absolute_url()}stage/"):
        webkit.open(path)
        modules = "[...document.querySelectorAll('script[type=module]')].map(({ src }) => import(`${src}?again`))"
        assert webkit.run(f"Promise.all({modules}).then((all) => all.length > 0, String)") is True, path
        assert webkit.errors() == [], path
