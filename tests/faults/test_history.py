"""Nobody ever reads what was not so."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.history import Read, Write, impossible
from tests.faults.load import SOON, Night, Person
from tests.faults.stack import Stack
from tests.visitors import counts_in

WRITERS, READERS, STEPS, ENTRIES = 10, 4, 40, 3


def test_a_read_that_missed_an_acknowledged_vote_is_found() -> None:
    vote = Write(person=1, entry=1, wanted=True, began=1.0, ended=2.0)
    during, after = (Read(entry=1, votes=0, began=began, ended=began + 1) for began in (1.5, 3.0))
    assert impossible([vote], [during, after]) == [(after, 1, 1)]


def write(person: Person, number: int, entries: list[int]) -> list[Write]:
    found = []
    for _ in range(STEPS):
        entry, wanted, began = person.random.choice(entries), person.random.random() < 0.5, time.monotonic()
        person.until_ok("PUT" if wanted else "DELETE", f"{person.night.page}songs/{entry}/vote/")
        person.wishes[entry] = wanted
        found.append(Write(number, entry, wanted, began, time.monotonic()))
    return found


def read(person: Person, entries: list[int]) -> list[Read]:
    found = []
    for _ in range(STEPS):
        began = time.monotonic()
        counts = counts_in(person.http.get(person.night.page).raise_for_status().text)
        found += [Read(entry, counts[entry], began, time.monotonic()) for entry in entries]
    return found


def history(night: Night, seed: int) -> tuple[list[Write], list[Read]]:
    """Let people write and others read at once; all of them through nginx, so from either process."""
    entries = random.Random(seed).sample(night.entries, ENTRIES)
    night.people = [Person(night, 1000 * seed + number) for number in range(WRITERS + READERS)]
    for person in night.people:
        person.until_ok("GET", night.page)
    with ThreadPoolExecutor(WRITERS + READERS) as threads:
        writing = [threads.submit(write, person, n, entries) for n, person in enumerate(night.people[:WRITERS])]
        reading = [threads.submit(read, person, entries) for person in night.people[WRITERS:]]
        writes = [one for job in writing for one in job.result()]
        reads = [one for job in reading for one in job.result()]
    return writes, reads


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(5))
def test_every_count_that_is_read_was_so_while_it_was_read(stack: Stack, seed: int) -> None:
    with stack.night(people=0) as night:
        writes, reads = history(night, seed)
        assert impossible(writes, reads) == []
        assert night.reckon("history", seed=seed, writes=len(writes), reads=len(reads)) < SOON
