"""Valkey that is killed, frozen or full while people vote: slower, and otherwise the same."""

import time

import pytest
import redis

from tests.faults.load import SOON
from tests.faults.stack import Stack

pytestmark = pytest.mark.faults
AWAY = [
    "The cache is unavailable",
    "The rate limits are unavailable",
    "The channel layer is unavailable",
    "channels_redis.pubsub",
]
MOST_LINES = 5  # of trouble, that one process may log in half a minute without its Valkey


def flood(stack: Stack) -> int:
    """Return the most lines of trouble that one process has logged."""
    for web in stack.webs:
        web.expected = []
    return max(len(web.unexpected()) for web in stack.webs)


def test_votes_go_on_while_valkey_is_dead_and_when_it_is_back_empty(stack: Stack) -> None:
    stack.expect(*AWAY)
    with stack.night() as night:
        night.goes_on()
        night.sockets_are_open()
        stack.valkey.terminate()
        time.sleep(10)
        night.goes_on()
        stack.valkey.start()
        night.goes_on()
        lines = flood(stack)
        assert night.reckon("Valkey killed, 10 s later back empty", lines=lines) < SOON
    assert [phone.closes for phone in night.phones] == [[]] * 4
    assert lines < MOST_LINES


def test_votes_go_on_while_valkey_is_frozen(stack: Stack) -> None:
    stack.expect(*AWAY)
    with stack.night() as night:
        night.goes_on()
        began = time.time()
        with stack.valkey_frozen():
            time.sleep(20)
            slow = sum(answer.seconds > 1 for answer in night.since(began))
        night.goes_on()
        lines = flood(stack)
        assert night.reckon("Valkey frozen for 20 s", slow=slow, lines=lines) < SOON
    assert lines < MOST_LINES


def test_votes_go_on_while_valkey_has_no_memory_left(stack: Stack) -> None:
    stack.expect(*AWAY)
    client = redis.from_url(stack.environment["REDIS_URL"])
    with stack.night() as night:
        night.goes_on()
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        time.sleep(15)
        night.goes_on()
        client.config_set("maxmemory", "0")
        night.goes_on()
        lines = flood(stack)
        assert night.reckon("Valkey out of memory for 15 s", lines=lines) < SOON
    client.close()
    assert lines < MOST_LINES
