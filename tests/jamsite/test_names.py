"""Whatever people call themselves, their songs and their jams: kept readable, or refused with a sentence."""

import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from django.db.models import FETCH_ONE
from django.test import Client

from core.text import clean_text
from jams.models import Attendee, Jam, Performance
from songs.models import Song
from tests.builders import make_entry, make_jam, make_song, make_token, make_user, make_venue
from tests.hosts import browser_of
from venues.models import Venue

pytestmark = pytest.mark.django_db

NAMES = [
    "👩\u200d🎤 Zoë 👨\u200d👩\u200d👧\u200d👦", "\u202egro.live", "\u2066\u2067\u2068Isla\u2069",
    "Z\u200be\u200cr\u200do\ufeff",
    "Z" + "\u0301" * 1000, "x", "x" * 10_000, "🎸" * 2000, "Zo\u00eb", "Zoe\u0308", "\u0410nna", "nul\x00\x07\x1b[31m",
    "half \ud800 pair", "\udfff", "\u0645\u0631\u064a\u0645 \u202c", "two\r\nlines\u2028more",
    "\u3164", "\u00ad", "\u200d", " ", "",
    "<b onmouseover=alert(1)>", "{{ 7|add:7 }}", "'; DROP TABLE songs_song; --", "\ufdfa" * 30, "STRASSE ßſ",
]  # fmt: skip
JAM = "/jams/friday/"
API = "/api/v1/"
#: Where a name comes in: the method, the address, and the field. What has to be sent with it: SEND, from REST.
DOORS = {
    "join": ("post", f"{JAM}me/join/", "name"),
    "suggest a title": ("post", f"{JAM}suggest/", "title"),
    "suggest an artist": ("post", f"{JAM}suggest/", "artist"),
    "another part": ("post", f"{JAM}songs/900001/sign-up/", "other_part"),
    "a walk-up": ("post", "/host/friday/add_walk_up/", "name"),
    "a walk-up's part": ("post", "/host/friday/add_walk_up/", "other_part"),
    "rename": ("post", "/host/friday/rename_person/", "to"),
    "join by program": ("put", f"{API}jams/friday/me", "name"),
    "a part by program": ("put", f"{API}jams/friday/entries/900001/parts/other", "other_part"),
    "suggest by program": ("post", f"{API}jams/friday/suggestions", "title"),
    "a song by program": ("post", f"{API}songs", "title"),
    "a key by program": ("patch", f"{API}songs/900001", "key"),
    "a venue by program": ("patch", f"{API}venues/attic", "name"),
    "a jam by program": ("patch", f"{API}jams/friday", "name"),
}
REST = {"title": "Title", "artist": "Artist", "part": "other", "entry": "900001", "name": "Walker"}
SEND = {
    f"{JAM}me/join/": (), f"{JAM}suggest/": ("title", "artist"), f"{JAM}songs/900001/sign-up/": ("part",),
    "/host/friday/add_walk_up/": ("name", "part", "entry"),
    f"{API}jams/friday/suggestions": ("title", "artist"), f"{API}songs": ("title", "artist"),
}  # fmt: skip
TEXTS = [(Attendee, "name", 60), (Performance, "other_part", 40), (Song, "title", 200), (Song, "artist", 200),
         (Song, "key", 12), (Venue, "name", 120), (Jam, "name", 120)]  # fmt: skip


def encoded(fields: dict[str, str]) -> str:
    """A form as a broken or hostile browser sends it: lone surrogates and all."""
    return "&".join(f"{name}={quote_from_bytes(text.encode(errors='surrogatepass'))}" for name, text in fields.items())


@pytest.fixture
def person(settings):
    """A host and musician with a program, in one browser."""
    settings.ACT_RATE = settings.TOKEN_RATE = "9999/m"
    host = make_user(is_staff=True, is_superuser=True)
    jam = make_jam(slug="friday", venue=make_venue(slug="attic"), performing_limit=50)
    make_entry(id=900_001, jam=jam, song=make_song(id=900_001))
    browser: Any = browser_of(host)
    browser.post(f"{JAM}me/join/", {"name": "Dana"})
    browser.token = f"Bearer {make_token(user=host)}"
    return browser


def kept():
    """Every text that the database holds."""
    return [
        (text, most) for model, field, most in TEXTS for text in model._default_manager.values_list(field, flat=True)
    ]


@pytest.mark.parametrize("door", DOORS)
def test_a_name_is_kept_tidy_or_refused(person: Any, door: str) -> None:
    method, address, field = DOORS[door]
    program = address.startswith(API)
    statuses = set()
    for name in NAMES:  # one after the other, so that twins meet
        fields = {word: REST[word] for word in SEND.get(address, ())} | {field: name}
        if door == "rename":
            fields["name"] = Attendee.objects.get().name
        body, kind = (json.dumps(fields), "application/json") if program else (encoded(fields), FORM)
        headers = {"Authorization": person.token} if program and "me" not in address else {}
        statuses.add(getattr(person, method)(address, body, content_type=kind, headers=headers).status_code)
    assert statuses <= {200, 201, 303, 400, 409}
    assert statuses & {200, 201, 303}
    assert [text for text, most in kept() if not is_tidy(text, most)] == []


FORM = "application/x-www-form-urlencoded"


def is_tidy(text: str, most: int) -> bool:
    hidden = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b\ufeff\ud800-\udfff]")
    return (
        text == clean_text(text)
        and unicodedata.is_normalized("NFC", text)
        and len(text) <= most
        and not hidden.search(text)
    )


ARABIC = "\u0645\u0631\u064a\u0645"
#: Elements that are blocks of their own, or that site.css isolates; the title of a page has no elements inside.
ISOLATED = re.compile("bdi|title|option|h[1-3]|p|li|td|d[dt]|textarea|a|button|label|mark|span|strong|summary")
PAGES = [
    "/", "/jams/", JAM, f"{JAM}board/", f"{JAM}stage/", f"{JAM}songs/900001/mine/", f"{JAM}suggest/?q={ARABIC}",
    f"{JAM}me/remove/", f"{JAM}arrivals/", "/songs/", "/songs/900001/", "/venues/attic/", "/embed/venues/attic/",
    f"/search/?q={ARABIC}", "/host/friday/", "/host/friday/report/",
]  # fmt: skip


class Names(HTMLParser):
    """Finds where a name stands in a text with others, which it would turn round."""

    def __init__(self) -> None:
        super().__init__()
        self.tag = ""
        self.loose: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tag = tag

    def handle_endtag(self, tag: str) -> None:
        self.tag = ""

    def handle_data(self, data: str) -> None:
        alone = data.strip() == ARABIC and ISOLATED.fullmatch(self.tag)
        if ARABIC in data and not alone and self.tag != "title":
            self.loose.append((self.tag, data.strip()))


@pytest.mark.parametrize("path", PAGES)
def test_a_right_to_left_name_turns_nothing_else_round(person: Client, path: str) -> None:
    person.post(f"{JAM}songs/900001/sign-up/", {"part": "other", "other_part": "saw"})
    for model, fields in ((Attendee, ["name"]), (Song, ["title", "artist"]), (Jam, ["name"]), (Venue, ["name"])):
        row = model.objects.all().fetch_mode(FETCH_ONE).get()  # saving reads its jam or venue
        for field in fields:
            setattr(row, field, ARABIC)
        row.save()
    page, names = person.get(path), Names()
    names.feed(page.content.decode())
    assert (page.status_code, ARABIC in page.content.decode(), names.loose) == (200, True, [])
