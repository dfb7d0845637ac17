import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory

from core.caching import generations
from core.caching.pages import PersonalDataError, public_page
from jams.models import Jam
from tests.builders import make_entry, make_jam, make_song, make_user, make_venue
from tests.visitors import counts_in

pytestmark = pytest.mark.cache

KEPT: dict[str, Any] = {"depends_on": ("things",), "seconds": "LIST_CACHE_SECONDS"}


@pytest.fixture
def visit(rf: RequestFactory) -> Callable[..., HttpResponse]:
    """A page that counts how often it was made: "1 page=2" says the first time, with that query."""
    made = []

    @public_page(**KEPT, query_keys=("page", "q"))
    def view(request: HttpRequest) -> HttpResponse:
        made.append(request)
        return HttpResponse(f"{len(made)} {request.GET.urlencode()}")

    return lambda address="/", **headers: view(rf.get(address, headers=headers))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[[float], None]:
    """Set the time, in seconds since some beginning; pages are kept for a minute."""
    settings.LIST_CACHE_SECONDS = 60
    return lambda seconds: monkeypatch.setattr("time.time", lambda: 1_800_000_000.0 + seconds)


# -- What is told apart -----------------------------------------------------------------------------------


def test_a_page_is_made_once(visit: Callable[..., HttpResponse]) -> None:
    assert [visit().content, visit().content] == [b"1 ", b"1 "]


def test_a_page_is_made_anew_after_a_bump(visit: Callable[..., HttpResponse]) -> None:
    before = visit()
    generations.invalidate("things")
    after = visit()
    assert [before.content, after.content] == [b"1 ", b"2 "]
    assert before["ETag"] != after["ETag"]


def test_what_a_page_does_not_ask_for_makes_no_other_page(visit: Callable[..., HttpResponse]) -> None:
    found = [visit(f"/?{query}").content for query in ("page=2&q=a", "q=a&page=2&utm=x", "q=a&page=1&page=2", "q=a")]
    assert found == [b"1 page=2&q=a", b"1 page=2&q=a", b"1 page=2&q=a", b"2 q=a"]


def test_every_path_and_language_has_a_page_of_its_own(visit: Callable[..., HttpResponse]) -> None:
    from django.utils.translation import override

    found = [visit("/a").content, visit("/b").content]
    with override("de"):
        found.append(visit("/a").content)
    assert found == [b"1 ", b"2 ", b"3 "]


def test_only_what_tells_the_address_of_the_site_is_kept_by_host(rf: RequestFactory, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    view = public_page(**KEPT, by_host=True)(lambda request: HttpResponse(request.get_host()))
    hosts = ("one.example", "two.example")
    assert [view(rf.get("/", headers={"host": host})).content for host in hosts] == [b"one.example", b"two.example"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_reading_is_answered_from_what_is_kept(rf: RequestFactory, method: str) -> None:
    view = public_page(**KEPT)(lambda request: HttpResponse(request.method))
    assert [view(rf.get("/")).content, view(getattr(rf, method)("/")).content] == [b"GET", method.upper().encode()]


@pytest.mark.parametrize("answer", [HttpResponseRedirect("/"), HttpResponse(status=404)])
def test_only_a_page_is_kept(rf: RequestFactory, answer: HttpResponse) -> None:
    made = []

    @public_page(**KEPT)
    def view(request: HttpRequest) -> HttpResponse:
        made.append(request)
        return answer

    assert [view(rf.get("/")), view(rf.get("/"))] == [answer, answer]
    assert len(made) == 2
    assert "ETag" not in answer


def test_developers_see_their_page_made_every_time(visit: Callable[..., HttpResponse], settings: Any) -> None:
    settings.DEBUG = True
    assert [visit().content, visit().content] == [b"1 ", b"2 "]


# -- How old it may be ------------------------------------------------------------------------------------


def test_a_page_is_never_older_than_its_seconds(visit: Callable[..., HttpResponse], clock: Callable) -> None:
    made_at: dict[Any, Any] = {}
    for second in range(0, 180, 5):
        clock(second)
        number = visit().content
        assert second - made_at.setdefault(number, second) < 60
    assert len(made_at) in (3, 4)


def test_a_copy_is_confirmed_only_as_long_as_the_page_is_kept(
    visit: Callable[..., HttpResponse], clock: Callable
) -> None:
    clock(0)
    etag = visit()["ETag"]
    confirmed = []
    for second in range(0, 65, 5):
        clock(second)
        confirmed.append(visit("/", **{"if-none-match": etag}).status_code)
    assert confirmed == sorted(confirmed, reverse=True)
    assert confirmed[-1] == 200


# -- How it travels ---------------------------------------------------------------------------------------


def test_a_confirmation_is_short_and_reads_no_page(visit: Callable[..., HttpResponse]) -> None:
    etag = visit()["ETag"]
    answer = visit("/", **{"if-none-match": etag})
    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert answer["Cache-Control"] == "public, max-age=0, must-revalidate"


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [("gzip, br", "gzip"), ("br;q=1, gzip;q=0.5", "gzip"), ("gzip;q=0", None), ("gzip; q=0.0, br", None), ("", None)],
)
def test_a_page_is_sent_as_the_browser_can_read_it(
    visit: Callable[..., HttpResponse], accepts: str, encoding: str | None
) -> None:
    answer = visit("/", **{"accept-encoding": accepts})
    assert answer.headers.get("Content-Encoding") == encoding
    assert (gzip.decompress(answer.content) if encoding else answer.content) == b"1 "
    assert answer["Vary"] == "Accept-Encoding"


def test_without_a_cache_a_page_is_made_and_has_no_etag(visit: Callable[..., HttpResponse], settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    found = [visit(), visit()]
    assert [answer.content for answer in found] == [b"1 ", b"2 "]
    assert [answer.headers.get("ETag") for answer in found] == [None, None]


# -- Nothing of a visitor ---------------------------------------------------------------------------------


def sets_a_cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse()
    response.set_cookie("me", "1")
    return response


def shows_a_token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


def reads_the_session(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.session.get("name", ""))


def shows_messages(request: HttpRequest) -> HttpResponse:
    return HttpResponse("".join(map(str, messages.get_messages(request))))


@pytest.mark.parametrize("view", [sets_a_cookie, shows_a_token, reads_the_session, shows_messages])
def test_a_page_that_uses_what_is_a_visitors_own_is_refused(rf: RequestFactory, view: Callable) -> None:
    from django.contrib.messages.middleware import MessageMiddleware
    from django.contrib.sessions.middleware import SessionMiddleware

    site = SessionMiddleware(MessageMiddleware(public_page(**KEPT)(view)))
    with pytest.raises(PersonalDataError):
        site(rf.get("/"))


# -- The pages themselves ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_change_shows_on_every_page_at_once(client: Client) -> None:
    venue, song = make_venue(name="Old Barn"), make_song(title="Old Song")
    jam = make_jam(venue=venue, name="Old Jam")
    make_entry(jam=jam, song=song)
    addresses = ["/", "/jams/", "/venues/", venue.get_absolute_url(), song.get_absolute_url(), "/songs/"]
    addresses.append(f"{jam.get_absolute_url()}board/")
    before = [client.get(address).content.decode().count("Old ") > 0 for address in addresses]
    for row, name in ((venue, "name"), (song, "title"), (jam, "name")):
        setattr(row, name, "New")
        row.save()
    after = [client.get(address).content.decode().count("Old ") for address in addresses]
    assert (before, after) == ([True] * 7, [0] * 7)


@pytest.mark.django_db(transaction=True)
def test_a_browser_that_comes_back_after_a_change_gets_the_new_page(client: Client) -> None:
    jam = make_jam(name="Before")
    etag = client.get("/jams/")["ETag"]
    again: dict[str, Any] = {"headers": {"if-none-match": etag}}
    assert client.get("/jams/", **again).status_code == 304
    Jam.objects.get(pk=jam.pk).delete()
    assert client.get("/jams/", **again).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_bulk_writes_show_at_once_as_well(client: Client) -> None:
    host, admin = make_user(is_superuser=True, is_staff=True), Client()
    admin.force_login(host)
    entry = make_entry(song=make_song(title="Valerie"))
    board = f"{entry.jam.get_absolute_url()}board/"
    assert ["Valerie" in client.get(address).content.decode() for address in ("/songs/", board)] == [True, True]
    Client().put(f"{entry.jam.get_absolute_url()}songs/{entry.pk}/vote/")  # bulk_create
    admin.post("/admin/songs/song/", {"action": "archive", "_selected_action": [entry.song.pk]})  # update
    assert counts_in(client.get(board).content.decode()) == {entry.pk: 1}
    assert "Valerie" not in client.get("/songs/").content.decode()
