"""Musicians at once, over real HTTP, on whichever database the run is on."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from jams.models import Attendee, Entry, MoveCode, Performance
from songs.models import Song
from tests.builders import make_entry, make_jam
from tests.servers import Server
from tests.visitors import Visit
from votes.models import Vote

AT_ONCE = 20


def at_once(act: Callable[[int], httpx.Response]) -> list[int]:
    """Return the sorted status codes of AT_ONCE calls that are made together."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return sorted(answer.status_code for answer in threads.map(act, range(AT_ONCE)))


def expect_conflicts(server: Server) -> None:
    server.expect("Conflict: /jams/")


def test_twenty_sign_ups_of_one_musician_at_once_stop_at_the_limit(server: Server, visit: Visit) -> None:
    expect_conflicts(server)
    jam = make_jam(performing_limit=3)
    songs = [make_entry(jam=jam) for _ in range(AT_ONCE)]
    dana = visit(server, jam)
    dana.say("me/join/", name="Dana").raise_for_status()
    answers = at_once(lambda number: dana.say(f"songs/{songs[number].pk}/sign-up/", part="bass"))
    assert answers == [200] * 3 + [409] * (AT_ONCE - 3)
    assert Performance.objects.values("entry").distinct().count() == 3


def test_twenty_equal_sign_ups_at_once_are_one(server: Server, visit: Visit) -> None:
    entry = make_entry()
    dana = visit(server, entry.jam)
    dana.say("me/join/", name="Dana").raise_for_status()
    assert at_once(lambda _: dana.say(f"songs/{entry.pk}/sign-up/", part="bass")) == [200] * AT_ONCE
    assert Performance.objects.count() == 1


def test_sign_ups_and_withdrawals_at_once_never_fail(server: Server, visit: Visit) -> None:
    entry = make_entry()
    dana = visit(server, entry.jam)
    dana.say("me/join/", name="Dana").raise_for_status()
    verbs = ("sign-up", "withdraw")
    answers = at_once(lambda number: dana.say(f"songs/{entry.pk}/{verbs[number % 2]}/", part="bass"))
    assert answers == [200] * AT_ONCE
    assert Performance.objects.count() <= 1


def test_twenty_phones_that_want_one_name_at_once_are_one_musician(server: Server, visit: Visit) -> None:
    expect_conflicts(server)
    jam = make_jam()
    phones = [visit(server, jam) for _ in range(AT_ONCE)]
    spellings = ("Sam", "SAM", "sám", " sam ")
    answers = at_once(lambda number: phones[number].say("me/join/", name=spellings[number % 4]))
    assert answers == [200] + [409] * (AT_ONCE - 1)
    assert Attendee.objects.filter(jam=jam).count() == 1


def test_twenty_suggestions_of_one_new_song_are_one_song_and_votes(server: Server, visit: Visit) -> None:
    jam = make_jam()
    phones = [visit(server, jam) for _ in range(AT_ONCE)]
    spellings = ("Déjà Vu", "deja vu", "DEJA VU", " déja  vu ")
    answers = at_once(lambda number: phones[number].say("suggest/", title=spellings[number % 4], artist="Beyoncé"))
    assert answers == [200] * AT_ONCE
    assert (Song.objects.count(), Entry.objects.count(), Vote.objects.count()) == (1, 1, AT_ONCE)


def test_a_code_that_twenty_phones_type_at_once_moves_to_one(server: Server, visit: Visit) -> None:
    server.expect("Not Found: /jams/")
    entry = make_entry()
    dana = visit(server, entry.jam)
    dana.say("me/join/", name="Dana").raise_for_status()
    dana.tap(entry).raise_for_status()
    code = re.search(r'class="code">(\w{6})<', dana.say("me/code/").text)
    assert code
    phones = [visit(server, entry.jam) for _ in range(AT_ONCE)]
    answers = at_once(lambda number: phones[number].say("me/move/", code=code[1]))
    assert answers == [200] + [404] * (AT_ONCE - 1)
    assert (MoveCode.objects.count(), Vote.objects.count()) == (0, 1)
    assert Attendee.objects.exclude(name="").count() == 1


def test_a_double_tap_for_a_code_gives_one_that_works(server: Server, visit: Visit) -> None:
    """Each tap makes a code and revokes the one before; two that both found none failed."""
    entry = make_entry()
    dana = visit(server, entry.jam)
    dana.say("me/join/", name="Dana").raise_for_status()
    assert at_once(lambda _: dana.say("me/code/")) == [200] * AT_ONCE
    assert MoveCode.objects.count() == 1
