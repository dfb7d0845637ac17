"""Alarms on the pattern of votes: honest nights must not ring, one person with many cookies must, and early."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from jams.models import Attendee, Event, Jam
from jams.services.event_log import Verb, describe_event
from tests.builders import make_entry, make_jam, make_song
from tests.hosts import browser_of, make_host
from votes.services import vote_alarm
from votes.services.vote_alarm import LOOK_EVERY, Newcomer, judge_votes

NOW = timezone.now()
CHEATED = 0  # the song that a script votes for, and honest people too
PAUSE = 8  # seconds between two votes of a person


class Phone(NamedTuple):
    """Arrives in this `second` and votes for `songs`, one after the other."""

    second: float
    network: str
    songs: tuple[int, ...]


def first_alarm(phones: list[Phone]) -> tuple[Verb, int] | None:
    """Return the first alarm about CHEATED, and its number of votes by then."""
    times = sorted(phone.second + PAUSE * phone.songs.index(CHEATED) for phone in phones if CHEATED in phone.songs)
    for number, second in enumerate(times, start=1):
        if number % LOOK_EVERY == 0:
            seen = [found for phone in phones if (found := look_at(phone, second))]
            if alarm := judge_votes(seen, now=NOW + timedelta(seconds=second)):
                return alarm[0], number
    return None


def look_at(phone: Phone, second: float) -> Newcomer | None:
    cast = {song: phone.second + PAUSE * place for place, song in enumerate(phone.songs)}
    cast = {song: at for song, at in cast.items() if at <= second}
    if not cast:
        return None
    voted_at = NOW + timedelta(seconds=cast[CHEATED]) if CHEATED in cast else None
    return Newcomer(NOW + timedelta(seconds=phone.second), len(cast), voted_at, (phone.network,))


def people(number: int, seconds: float, *, network: str = "bar", songs: int = 20, seed: int = 1) -> list[Phone]:
    """Phones of people who vote for one to five songs each, and for the first songs more often."""
    chance = random.Random(seed)
    ranks = [1 / (place + 2) for place in range(songs)]
    return [
        Phone(
            chance.uniform(0, seconds),
            network,
            tuple(dict.fromkeys(chance.choices(range(songs), ranks, k=chance.randint(1, 5)))),
        )
        for _ in range(number)
    ]


def fans(number: int, seconds: float, *, seed: int = 1) -> list[Phone]:
    """People who all vote for the song of one band first; four of ten then vote for others, too."""
    chance = random.Random(seed)
    return [
        Phone(chance.uniform(0, seconds), "bar", (CHEATED, *chance.sample(range(1, 20), 2))[: 3 if i % 5 < 2 else 1])
        for i in range(number)
    ]


def script(number: int, every: float, *networks: str) -> list[Phone]:
    return [Phone(index * every, networks[index % len(networks)], (CHEATED,)) for index in range(number)]


HONEST = {
    "a bus of 40 within two minutes": people(40, 120),
    "a bus of 40, and ten songs to choose from": people(40, 120, songs=10),
    "40 fans of one band": fans(40, 300),
    "30 fans of one band in a room of 60": [*fans(30, 300), *people(60, 900)],
    "300 phones on one network within ten minutes": people(300, 600),
    "300 phones on one network over the evening": people(300, 3 * 3600),
    "300 phones on networks of their own": [
        Phone(phone.second, str(number), phone.songs) for number, phone in enumerate(people(300, 600))
    ],
}


@pytest.mark.parametrize("phones", HONEST.values(), ids=HONEST)
def test_no_alarm_on_an_honest_night(phones: list[Phone]) -> None:
    assert first_alarm(phones) is None


CHEATS = {  # with the alarm, and the most votes that the script may have by then
    "a new phone every 1.55 s": (script(400, 1.55, "a"), Verb.VOTES_OF_ONE_NETWORK, 30),
    "400 at once": (script(400, 0.02, "a"), Verb.VOTES_AT_ONCE, 35),
    "ten a minute from four networks": (script(150, 6, *"abcd"), Verb.VOTES_FOR_ONE_SONG, 40),
    "one a minute": (script(150, 60, "a"), Verb.VOTES_OF_ONE_NETWORK, 35),
    "one a minute from five networks": (script(170, 60, *"abcde"), Verb.VOTES_FOR_ONE_SONG, 80),
    "a phone every 5 s beside 40 honest ones elsewhere": (
        [*script(100, 5, "a"), *people(40, 900)],
        Verb.VOTES_OF_ONE_NETWORK,
        40,
    ),
}


@pytest.mark.parametrize(("phones", "verb", "most"), CHEATS.values(), ids=CHEATS)
def test_one_person_with_many_cookies_rings_early(phones: list[Phone], verb: Verb, most: int) -> None:
    alarm = first_alarm(phones)
    assert alarm is not None
    assert (alarm[0], alarm[1] <= most) == (verb, True)


@pytest.mark.parametrize(("songs", "rings"), [((CHEATED,), True), ((CHEATED, 1), False), ((1,), False)])
def test_alarm_needs_phones_that_fall_silent_after_this_song(songs: tuple[int, ...], rings: bool) -> None:
    """A script that votes like a person, for several songs, is not noticed by its pattern."""
    phones = [Phone(index * 10, "a", songs) for index in range(60)]
    assert (first_alarm(phones) is not None) == rings


def test_alarm_ignores_phones_that_arrived_long_ago() -> None:
    for arrived, rings in ((NOW - vote_alarm.LONGEST, False), (NOW - vote_alarm.LONGEST + timedelta(seconds=1), True)):
        phones = [Newcomer(arrived, 1, NOW - timedelta(minutes=1), ("a",)) for _ in range(100)]
        assert (judge_votes(phones, now=NOW) is not None) == rings


# -- On the site ------------------------------------------------------------------------------------------


def stuff(number: int, entry: object, *, join: bool = False, way: str = "put") -> None:
    """Vote with `number` new browsers, each with its name if they `join`."""
    jam, pk = entry.jam, entry.pk  # type: ignore[attr-defined]  # an entry with its jam
    for index in range(number):
        browser = Client()
        browser.get(jam.get_absolute_url())
        if join:
            browser.post(f"{jam.get_absolute_url()}me/join/", {"name": f"Name {index}"})
        if way == "put":
            assert browser.put(f"/jams/{jam.slug}/songs/{pk}/vote/").status_code == 200
        else:
            assert browser.post(f"/jams/{jam.slug}/suggest/", {"song": entry.song_id}).status_code == 303  # type: ignore[attr-defined]  # the same


@pytest.mark.django_db
@pytest.mark.parametrize(("join", "way"), [(False, "put"), (True, "put"), (False, "suggest")])
def test_hosts_are_told_of_votes_from_one_network(join: bool, way: str, settings: Settings) -> None:
    settings.CROWD_ALARM = 1000
    host = make_host()
    entry = make_entry(jam=make_jam(hosts=(host,)), song=make_song(title="Creep"))
    stuff(30, entry, join=join, way=way)
    assert not Event.objects.filter(verb=Verb.VOTES_AT_ONCE).exists()
    stuff(10, entry, join=False, way=way)
    event = Event.objects.select_related("user").get(verb=Verb.VOTES_AT_ONCE)
    sentence = "35 new phones on one network voted for Creep within a minute. Open Voting access to check whether"
    assert describe_event(event).startswith(sentence)
    assert sentence in browser_of(host).get(f"/host/{entry.jam.slug}/").text


@pytest.mark.django_db
def test_alarm_about_a_song_is_not_repeated_at_once(settings: Settings) -> None:
    settings.CROWD_ALARM = 1000
    stuff(60, make_entry())
    assert Event.objects.filter(verb=Verb.VOTES_AT_ONCE).count() == 1


@pytest.mark.django_db
def test_no_address_is_stored_in_the_database(settings: Settings) -> None:
    """Not even as a hash: what is known of a network is in the cache alone."""
    settings.CROWD_ALARM = 1000
    entry = make_entry()
    stuff(40, entry)
    key = vote_alarm._network_key(Attendee.objects.latest("pk").pk)
    [network] = cache.get(key)
    assert len(network) == 64
    rows = [*Attendee.objects.values(), *Event.objects.values(), *Jam.objects.values()]
    assert [row for row in rows if network in str(row) or "127.0.0.1" in str(row)] == []
    cache.delete(key)


@pytest.mark.django_db
def test_votes_count_without_the_cache_that_the_alarm_needs(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.CROWD_ALARM = 1000
    entry = make_entry()
    monkeypatch.setattr("core.caching.generations.is_cache_down", lambda: True)
    stuff(40, entry)
    assert (entry.votes.count(), Event.objects.count()) == (40, 0)


@pytest.mark.django_db
def test_vote_counts_when_the_cache_fails_at_that_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that is away makes `incr` return None instead of a number."""
    monkeypatch.setattr(cache, "incr", lambda *_, **__: None)
    entry = make_entry()
    stuff(3, entry)
    assert entry.votes.count() == 3


class CountedNetworks(tuple[str, ...]):
    """The networks of a phone, which count how often somebody goes through them."""

    __slots__ = ()
    looks = 0

    def __iter__(self) -> Iterator[str]:
        CountedNetworks.looks += 1
        return super().__iter__()

    def __contains__(self, network: object) -> bool:
        return any(one == network for one in self)


def test_work_of_an_alarm_grows_with_the_number_of_phones_alone() -> None:
    """400 phones with three IPv6 networks each are 1,200 networks, but not 480,000 comparisons."""
    phones = [
        Newcomer(NOW, 1, NOW, CountedNetworks((f"home {number}", f"street {number // 4}", "town")))
        for number in range(400)
    ]
    assert judge_votes(phones, now=NOW + timedelta(seconds=1)) == (Verb.VOTES_AT_ONCE, 400)
    assert CountedNetworks.looks == 400
