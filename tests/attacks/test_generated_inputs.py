"""Generated inputs over every way in: whatever comes, the answer is never a 5xx, and every page still shows.

The suite tries a few hundred. For more: GENERATED_INPUTS=20000 .venv/bin/pytest tests/attacks/test_generated_inputs.py
with another GENERATED_SEED for other inputs.
"""

import io
import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from core.exceptions import ActionError
from jams.models import Format, Jam
from tests.attacks.forms import Form, list_forms
from tests.builders import make_attendee, make_jam, make_user
from tests.hosts import browser_of, make_host
from tests.pages import World, make_world
from tests.servers import PATIENCE, Server

NUMBER = int(os.environ.get("GENERATED_INPUTS", "400"))
SEED = int(os.environ.get("GENERATED_SEED", "1"))
METHODS = ["GET"] * 6 + ["POST"] * 6 + ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"]
RATES = ("VOTE", "ACT", "SEARCH", "SEARCH_ADDRESS", "TOKEN", "CODE", "ADDRESS", "NEWCOMER", "ROOM_CODE")
TOO_LONG = 3000
BANDS = "a-night-of-bands"
FORMS = (
    0.4  # of the requests send a form of a page with one or two odd values, which gets further than anything made up
)
#: Pages with forms, and pages to read after a form was accepted.
FORM_PAGES = [
    "/jams/{slug}/",
    "/jams/{bands}/",
    "/jams/{slug}/songs/{entry}/mine/",
    "/jams/{slug}/arrivals/",
    "/host/",
    "/host/{slug}/",
    "/host/{bands}/",
    "/host/nights/new/",
    "/host/{slug}/edit/",
    "/host/{slug}/copy/",
    "/host/{slug}/repeat/",
    "/host/{slug}/cancel/",
    "/host/{slug}/share/",
    "/host/{slug}/songs/",
    "/host/{slug}/songs/paste/",
    "/host/{slug}/team/",
    "/host/venues/new/",
    "/host/venues/{venue}/edit/",
    "/host/series/new/",
    "/host/series/{series}/",
    "/host/series/{series}/edit/",
    "/host/series/{series}/end/",
    "/venues/{venue}/",
    "/admin/jams/jam/{jam}/change/",
    "/admin/jams/jam/add/",
    "/admin/jams/entry/{entry}/change/",
    "/admin/songs/song/{song}/change/",
    "/admin/songs/song/add/",
    "/admin/venues/venue/add/",
    "/admin/venues/venue/{venue_pk}/change/",
    "/admin/jams/series/add/",
    "/admin/jams/series/{series}/change/",
    "/admin/accounts/apitoken/add/",
    "/admin/songs/song/import/",
    "/admin/jams/attendee/add/",
    "/admin/songs/instrument/add/",
    "/admin/auth/user/add/",
    "/search/",
    "/songs/",
    "/jams/",
]
READ_PAGES = [
    "/",
    "/jams/",
    "/jams.ics",
    "/jams/{bands}/",
    "/host/{bands}/",
    "/songs/",
    "/venues/",
    "/venues/{venue}/",
    "/search/?q=a",
    "/songs/{song}/",
    "/jams/{slug}/",
    "/jams/{slug}/board/",
    "/jams/{slug}/stage/",
    "/jams/{slug}/running-order/",
    "/host/",
    "/host/{slug}/",
    "/api/v1/jams",
    "/api/v1/songs",
    "/api/v1/venues",
    "/api/v1/jams/{slug}",
    "/venues/{venue}/jams.ics",
    "/embed/venues/{venue}/",
    "/admin/jams/jam/",
    "/admin/songs/song/",
    "/admin/accounts/apitoken/",
    "/admin/jams/entry/",
    "/admin/jams/event/",
    "/admin/jams/attendee/",
]
HEADERS = ["Accept", "Accept-Language", "HX-Target", "If-Modified-Since", "If-None-Match", "Range", "X-Forwarded-For"]
ODD = [
    "", " ", "0", "-1", "1", "2", "1.5", "1e309", "NaN", str(2**31), str(2**63), "9" * 40, "٣", "²",
    "\x00", "a\x00b", "\ufeff", "\u202e", "\u200b", "\ud7ff", "\uffff", "a\u0301" * 50, "🎷" * 10, "é", "ﬁ", "ß", "İ",
    "a" * TOO_LONG, "' OR 1=1 --", "{{ 7 * 7 }}", "{% debug %}", "%s%n", "%00", "../../etc/passwd", "<script>",
    "\r\nX: y",
    "2026-02-30T20:00Z", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2147483648", "25:61",
    "null", "[]", "{}", "true", "on", "yes", "no", "everyone", "bass", "other", "live", "http://[::1", "javascript:x",
    "new", "last", "Europe/Berlin", "A - B",
    "http://127.0.0.1/", "*", "-", '"', "\\", "name:", "(", "[", "AND", "NEAR", "a OR", "^", "1,2", "-1.-2", "..",
]  # fmt: skip
FIELDS = [
    "name", "title", "artist", "part", "other_part", "plays", "place", "code", "wanted", "song", "q", "page", "order",
    "when", "since", "minutes", "musicians", "lang", "seen", "entry", "to", "voting", "suggestions", "sign_ups", "next",
    "performing_limit", "musicians_edit_chords", "chord_url", "username", "password", "starts_at", "ends_at", "venue",
    "starts_at_0", "starts_at_1", "ends_at_0", "ends_at_1", "description", "status", "hosts", "default_parts", "token",
    "parts", "tempo", "key", "year", "address", "time_zone", "slug", "action", "_selected_action", "select_across",
    "index", "post", "sure", "_save", "_to_field", "_popup", "_changelist_filters", "_facets", "all", "o", "p", "e",
    "created_at__year", "created_at__month", "created_at__day", "created_at__gte", "starts_at__year", "status__exact",
    "jam__id__exact", "jam", "id__in", "pk", "is_active__exact", "app_label", "model_name", "field_name", "term",
    "entries-TOTAL_FORMS", "entries-INITIAL_FORMS", "entries-0-id", "entries-0-song", "entries-0-status",
    "performances-TOTAL_FORMS", "performances-INITIAL_FORMS", "kind", "target", "limit", "offset", "cursor", "format",
    "lines", "add", "change", "agreed", "back", "songs_from", "place-name", "place-address", "place-time_zone", "proof",
    "song_id", "browser", "votes_void", "scopes", "expires_at", "file", "url", "size", "clicked", "shown", "leaves_at",
    "waits", "sits_out", "is_new", "main", "hard_stop_at", "set_minutes", "changeover_minutes", "instrument",
    "first_on", "last_on", "rule", "repeats", "format", "stage_plan", "band", "seats", "people", "question", "answer",
]  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One request, as it is told when it fails."""

    person: str
    method: str
    path: str
    data: Any
    headers: dict[str, str]


class Generator:
    """Makes inputs for one world from a seed."""

    def __init__(self, seed: int, world: World) -> None:
        self.chance = random.Random(seed)
        self.world = world
        self.routes = list(walk(get_resolver()))
        self.forms: list[tuple[str, Form]] = []  # with whom they are shown to

    def text(self) -> str:
        real = [str(self.world.entry.pk), str(self.world.jam.pk), self.world.jam.slug, str(self.world.song.pk), "Dana"]
        return self.chance.choice([*ODD, *real * 6])

    def fields(self) -> dict[str, Any]:
        names = self.chance.sample(FIELDS, self.chance.randint(0, 12))
        return {name: [self.text(), self.text()] if self.chance.random() < 0.05 else self.text() for name in names}

    def value(self, depth: int = 0) -> Any:
        """Return anything that JSON can hold."""
        kind = self.chance.randrange(8 if depth < 3 else 6)
        if kind == 6:
            return [self.value(depth + 1) for _ in range(self.chance.randint(0, 3))]
        if kind == 7:
            return {self.chance.choice(FIELDS): self.value(depth + 1) for _ in range(self.chance.randint(0, 5))}
        return [None, True, self.chance.randint(-3, 3), 10**30, 1.5, self.text()][kind]

    def path(self) -> str:
        """Return the path of a route of ours, with real or odd values for its parameters."""
        route = self.chance.choice(self.routes)
        real = {"slug": self.world.jam.slug, "entry_id": self.world.entry.pk, "pk": self.world.song.pk}

        def fill(match: re.Match[str]) -> str:
            converter, _colon, name = match[1].rpartition(":")
            if self.chance.random() < 0.85 and name in real:
                return str(real[name])
            if converter == "int":
                return self.chance.choice(["1", "0", "999999999999999999", "9" * 30, str(self.world.entry.pk)])
            return re.sub(r"[\s?#]", "", self.text())[:200] or "1"

        return "/" + re.sub(r"<([^>]+)>", fill, re.sub(r"\(\?P<(\w+)>.*?\)(?=/|\$|\\)", r"<\1>", route)).strip("^$")

    def learn_forms(self, people: dict[str, SimpleCookie]) -> None:
        """Read the forms of the pages, as each of these people sees them."""
        for person, cookies in people.items():
            client = open_browser(cookies)
            for page in self.fill(FORM_PAGES):
                answer = client.get(page)
                if answer.status_code == 200:
                    self.forms += [
                        (person, replace(form, action=form.action or page))
                        for form in list_forms(answer.content.decode())
                    ]

    def fill(self, pages: Iterable[str]) -> list[str]:
        """Return the addresses of `pages` in this world."""
        world = self.world
        pks = {"jam": world.jam.pk, "entry": world.entry.pk, "song": world.song.pk, "venue_pk": world.venue.pk}
        names = {"slug": world.jam.slug, "bands": BANDS, "venue": world.venue.slug, "series": world.series.pk}
        return [page.format(**pks, **names) for page in pages]

    def form(self) -> Sent:
        """Return a form of a page with up to two of its values replaced."""
        person, form = self.chance.choice(self.forms)
        fields: dict[str, Any] = dict(form.fields)
        for name in self.chance.sample(sorted(fields), min(len(fields), self.chance.randint(0, 2))):
            fields[name] = self.text()
        headers = {"HX-Request": "true"} if self.chance.random() < 0.3 else {}
        path = re.sub(r"[\s?#].*", "", urlsplit(form.action).path) or "/"
        return Sent(person, "POST" if form.is_post else "GET", path, fields, headers)

    def request(self, people: list[str]) -> Sent:
        if self.forms and self.chance.random() < FORMS:
            return self.form()
        path = self.path()
        headers = {"HX-Request": "true"} if self.chance.random() < 0.3 else {}
        if self.chance.random() < 0.1:
            headers[self.chance.choice(HEADERS)] = re.sub(r"[\r\n\x00]|[^\x20-\xff]", "?", self.text())
        method, data = self.chance.choice(METHODS), self.fields()
        if path.startswith("/api/") and method not in ("GET", "HEAD"):
            data = {"json": self.value() if self.chance.random() < 0.5 else data}
        elif self.chance.random() < 0.05:
            data["file"] = self.upload()
        return Sent(self.chance.choice(people), method, path, data, headers)

    def upload(self) -> io.BytesIO:
        table = "\n".join(",".join(self.text() for _ in range(4)) for _ in range(self.chance.randint(0, 6)))
        head = self.chance.choice(["title,artist\n", "title,artist,parts,year\n", "", "GIF89a", "\x89PNG\r\n\x1a\n"])
        file = io.BytesIO((head + table).encode(self.chance.choice(["utf-8", "utf-16", "utf-8-sig"])))
        file.name = self.chance.choice(["songs.csv", "a.png", "x.gif", "\u202ecsv"])
        return file


def walk(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """Yield the route of every address of the site, those of the admin and of the API included."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from walk(pattern, route)


def send(client: Client, sent: Sent) -> int:
    """Send the request as a browser would; return the status."""
    options: dict[str, Any] = {"headers": sent.headers}
    if "json" in sent.data:
        options |= {"data": json.dumps(sent.data["json"]), "content_type": "application/json"}
    elif sent.method == "POST":
        options["data"] = sent.data
    elif sent.method in ("GET", "HEAD"):
        options["query_params"] = {name: value for name, value in sent.data.items() if name != "file"}
    answer = getattr(client, sent.method.lower())(sent.path, **options)
    if answer.streaming:
        assert all(isinstance(chunk, bytes) for chunk in answer.streaming_content)
    return int(answer.status_code)


def open_browser(cookies: SimpleCookie) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies = SimpleCookie(cookies.output(header="", sep=";"))
    return client


def make_people(world: World) -> dict[str, SimpleCookie]:
    """Return the cookies of a stranger, a listener, a musician, the jam's host, another host and an administrator."""
    host, listener, musician = make_host(), Client(), Client()
    bands = make_jam(slug=BANDS, venue=world.venue, format=Format.BANDS, stage_plan=[{"part": "bass", "count": 1}])
    for jam in Jam.objects.filter(pk__in=[world.jam.pk, bands.pk]):
        jam.hosts.add(host)
    listener.put(world.address("votes:heart"))
    for jam in (world.jam, bands):
        musician.post(f"{jam.get_absolute_url()}me/join/", {"name": "Zoe", "plays": "bass"})
    admin = make_user(is_staff=True, is_superuser=True)
    clients = {"listener": listener, "musician": musician, "stranger": Client()}
    clients |= {"host": browser_of(host), "other host": browser_of(make_host()), "administrator": browser_of(admin)}
    return {name: client.cookies for name, client in clients.items()}


@pytest.mark.django_db
def test_no_generated_request_gets_a_5xx(settings: Settings) -> None:
    for rate in RATES:
        setattr(settings, f"{rate}_RATE", "1000000/s")
    world = make_world()
    people, generator, statuses = make_people(world), Generator(SEED, world), Counter[int]()
    generator.learn_forms(people)
    reader, pages = open_browser(people["administrator"]), generator.fill(READ_PAGES)
    failed: list[Any] = []
    for _ in range(NUMBER):
        sent = generator.request(list(people))
        with transaction.atomic():  # every request finds the same world
            status = send(open_browser(people[sent.person]), sent)
            statuses[status // 100] += 1
            if status >= 500:
                failed.append(sent)
            if sent.method != "GET" and status < 400:
                cache.clear()  # it hears of nothing that is not committed
                read = generator.chance.sample(pages, 3)
                failed += [(page, sent) for page in read if reader.get(page).status_code >= 500]
            transaction.set_rollback(True)
        cache.clear()  # what was read of a world that is gone
    assert failed == []
    assert min(statuses[2], statuses[3], statuses[4]) > NUMBER // 20, statuses  # they got everywhere, past the locks


@pytest.mark.django_db
def test_no_generated_file_of_a_jam_ends_in_a_traceback(tmp_path: Path) -> None:
    """It is imported, or refused with a sentence."""
    world = make_world()
    make_attendee(jam=world.jam, name="Ana")
    with redirect_stdout(io.StringIO()) as written:
        call_command("export_jam", world.jam.slug)
    Jam.objects.get(pk=world.jam.pk).delete()
    generator, failed, imported = Generator(SEED, world), [], 0
    for _ in range(NUMBER // 4):
        document = damage(json.loads(written.getvalue()), generator)
        file = tmp_path / "jam.json"
        file.write_text(document, errors="surrogatepass")
        with transaction.atomic():
            try:
                with redirect_stdout(io.StringIO()):
                    call_command("import_jam", str(file))
                imported += 1
            except (CommandError, ActionError):
                pass
            except Exception as error:  # noqa: BLE001  whatever it is, it is told
                failed.append((repr(error), document))
            transaction.set_rollback(True)
    assert failed == []
    assert 0 < imported < NUMBER // 4


def damage(document: Any, generator: Generator) -> str:
    """Return the document as JSON with one to three of its values replaced, removed or added; or cut off."""
    for _ in range(generator.chance.randint(1, 3)):
        here, chance = document, generator.chance
        while True:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            if not keys:
                break
            key = chance.choice(keys)
            if isinstance(here[key], dict | list) and chance.random() < 0.8:
                here = here[key]
                continue
            if chance.random() < 0.3:
                del here[key]
            else:
                here[key] = generator.value()
            break
    text = json.dumps(document)
    return text[: generator.chance.randrange(len(text))] if generator.chance.random() < 0.1 else text


@pytest.mark.django_db(transaction=True)
def test_no_generated_frame_breaks_a_socket_of_the_server(server: Server) -> None:
    """Handshakes with odd addresses, then odd frames: refused or closed with a code, and the server goes on."""
    world = make_world()
    server.expect(r"Not Found|Forbidden|Bad Request")
    generator, statuses, origin = Generator(SEED, world), Counter[int](), Origin(server.url)
    for _ in range(NUMBER // 20):
        chance = generator.chance
        slug = world.jam.slug if chance.random() < 0.7 else re.sub(r"[^\w.%-]", "", generator.text(), flags=re.ASCII)
        query = "&".join(f"{name}={re.sub(r'[^!-~]|#', '', generator.text())}" for name in ("seen", "lang"))
        try:
            with connect(f"{server.websocket_url}/ws/jams/{slug[:200]}/?{query}", origin=origin) as socket:
                for _frame in range(chance.randint(1, 5)):
                    text = generator.text()
                    socket.send(text.encode(errors="replace") if chance.random() < 0.3 else text)
            statuses[101] += 1
        except WebSocketException as error:
            statuses[getattr(getattr(error, "response", None), "status_code", 0)] += 1
    assert [status for status in statuses if status >= 500] == []
    assert statuses[101] > 0, statuses
    with connect(f"{server.websocket_url}/ws/jams/{world.jam.slug}/", origin=origin) as socket:
        assert "order" in str(socket.recv(timeout=PATIENCE))
