"""Alarm for votes that look made by one person: by their pattern, not by their rate alone.

A full room looks different from a script with many cookies: its phones vote for several songs, and for different
ones. What is known about a phone's networks are keyed hashes, in the cache, for as long as the longest rule looks back.
They are never stored. An alarm only tells the hosts; no vote is refused.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef

from core.caching import generations
from jams.models import Attendee, Entry, Event
from jams.services.event_log import Verb, record_event
from votes.models import Vote

type Networks = tuple[str, ...]  # keyed hashes, the smallest network first

SETTLED = timedelta(seconds=30)  # by then, somebody who wants to vote for a second song has done so
MIN_SETTLED = 10  # phones; fewer tell nothing
QUIET = timedelta(minutes=10)  # minimum time between two alarms about one song
LOOK_EVERY = 5  # votes for a song
MAX_PHONES = 400  # the newest ones are looked at


@dataclass(frozen=True)
class Newcomer:
    """A phone that arrived lately and has voted.

    `votes` is its number of votes, `voted_at` the time of its vote for the song in question, or None, and `networks`
    are keyed hashes of its address or of the networks around it (see `core.client_ip`); empty if unknown.
    """

    arrived_at: datetime
    votes: int
    voted_at: datetime | None
    networks: Networks = ()


@dataclass(frozen=True)
class Rule:
    """An alarm is raised if at least `phones` newcomers of the last `minutes` voted for the song, and:

    they are at least `share` of all newcomers that voted; and, of those whose vote is older than SETTLED, at least
    `silent` have voted for nothing else. If `one_network`, only the newcomers on one network are counted.
    """

    verb: Verb
    minutes: int
    phones: int
    one_network: bool
    share: float
    silent: float


RULES = (
    Rule(Verb.VOTES_AT_ONCE, minutes=1, phones=35, one_network=True, share=0.9, silent=0),
    Rule(Verb.VOTES_OF_ONE_NETWORK, minutes=15, phones=25, one_network=True, share=0.8, silent=0.9),
    Rule(Verb.VOTES_OF_ONE_NETWORK, minutes=180, phones=35, one_network=True, share=0.8, silent=0.9),
    Rule(Verb.VOTES_FOR_ONE_SONG, minutes=15, phones=40, one_network=False, share=0.8, silent=0.9),
    Rule(Verb.VOTES_FOR_ONE_SONG, minutes=180, phones=80, one_network=False, share=0.8, silent=0.9),
)
LONGEST = timedelta(minutes=max(rule.minutes for rule in RULES))
LONGEST_SECONDS = int(LONGEST.total_seconds())
FEWEST_PHONES = min(rule.phones for rule in RULES)  # a song with fewer votes gives no alarm, so nobody looks at them
COUNTER_SECONDS = 24 * 60 * 60  # a whole night: votes are counted from its beginning


def judge_votes(newcomers: list[Newcomer], *, now: datetime) -> tuple[Verb, int] | None:
    """Return the alarm that the votes for a song give, with the number of phones, or None."""
    for rule in RULES:
        recent = [phone for phone in newcomers if phone.arrived_at > now - timedelta(minutes=rule.minutes)]
        for group in _group_by_network(recent) if rule.one_network else [recent]:
            if number := _count_suspects(rule, group, now):
                return rule.verb, number
    return None


def watch_votes(*, entry: Entry, attendee: Attendee, networks: Networks, now: datetime) -> Event | None:
    """Remember the networks of a phone that has just voted for `entry`; look at the song's votes now and then.

    Returns the alarm, if there is one. `entry.jam` and `entry.song` must be loaded. Without the cache nothing is
    watched.
    """
    if attendee.created_at <= now - LONGEST or generations.is_cache_down():
        return None
    cache.set(_network_key(attendee.pk), networks, LONGEST_SECONDS)
    counter = f"watched-votes:{entry.pk}"
    cache.add(counter, 0, COUNTER_SECONDS)
    try:
        number: int | None = cache.incr(counter)  # None if the cache is away
    except ValueError:  # evicted a moment ago
        return None
    if number is None or number < FEWEST_PHONES or number % LOOK_EVERY or _has_recent_alarm(entry, now):
        return None
    found = judge_votes(_read_newcomers(entry, now), now=now)
    if found is None:
        return None
    verb, phones = found
    return record_event(jam=entry.jam, verb=verb, now=now, entry=entry, n=phones)


def _count_suspects(rule: Rule, group: list[Newcomer], now: datetime) -> int:
    """Return the number of phones in `group` that voted for the song if `rule` applies to them, else 0."""
    votes = [(phone, phone.voted_at) for phone in group if phone.voted_at is not None]
    if len(votes) < max(rule.phones, rule.share * len(group)):
        return 0
    settled = [phone for phone, voted_at in votes if voted_at <= now - SETTLED]
    silent = sum(phone.votes == 1 for phone in settled)
    if rule.silent and (len(settled) < MIN_SETTLED or silent < rule.silent * len(settled)):
        return 0
    return len(votes)


def _group_by_network(newcomers: list[Newcomer]) -> list[list[Newcomer]]:
    """Return the phones on each known network, the largest group first."""
    groups: defaultdict[str, list[Newcomer]] = defaultdict(list)
    for phone in newcomers:
        for network in phone.networks:
            groups[network].append(phone)
    return sorted(groups.values(), key=len, reverse=True)


def _read_newcomers(entry: Entry, now: datetime) -> list[Newcomer]:
    mine = Vote.objects.filter(entry=entry, attendee=OuterRef("pk")).order_by()
    arrived = Attendee.objects.filter(jam=entry.jam_id, created_at__gt=now - LONGEST, votes_void=False)
    rows = list(
        arrived.filter(Exists(Vote.objects.filter(attendee=OuterRef("pk")).order_by()))
        .annotate(vote_count=Count("votes"), voted_at=mine.values("created_at")[:1])
        .order_by("-created_at")
        .values_list("pk", "created_at", "vote_count", "voted_at")[:MAX_PHONES]
    )
    networks = cache.get_many([_network_key(pk) for pk, *_rest in rows])
    return [
        Newcomer(arrived_at, votes, voted_at, networks.get(_network_key(pk), ()))
        for pk, arrived_at, votes, voted_at in rows
    ]


def _has_recent_alarm(entry: Entry, now: datetime) -> bool:
    verbs = {rule.verb for rule in RULES}
    return Event.objects.filter(jam=entry.jam_id, at__gt=now - QUIET, verb__in=verbs, entry=entry).exists()


def _network_key(attendee_pk: int) -> str:
    return f"network-of-phone:{attendee_pk}"
