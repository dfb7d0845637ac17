"""Many at once, over real HTTP, on whichever database the run is on."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from tests.builders import make_entry
from tests.servers import Server
from tests.visitors import Visit, follow, until
from votes.models import Vote


def test_sixty_browsers_that_tap_twice_at_once_are_sixty_votes(server: Server, visit: Visit) -> None:
    entry = make_entry()
    with ThreadPoolExecutor(20) as threads:
        visitors = list(threads.map(lambda _: visit(server, entry.jam), range(60)))

    def all_tap() -> list[int]:
        with ThreadPoolExecutor(120) as threads:
            return [answer.status_code for answer in threads.map(lambda visitor: visitor.tap(entry), visitors * 2)]

    async def scenario() -> tuple[list[int], dict[int, int]]:
        async with follow(server, entry.jam.slug) as follower:
            listening = asyncio.create_task(follower.listen())
            answers = await asyncio.to_thread(all_tap)
            await until(lambda: follower.counts == {entry.pk: 60})
            listening.cancel()
            return answers, follower.counts

    answers, counts = asyncio.run(scenario())
    assert answers == [200] * 120
    assert Vote.objects.filter(entry=entry).count() == 60
    assert counts == {entry.pk: 60}


def test_twenty_equal_requests_of_one_browser_at_once_are_one_vote(server: Server, visit: Visit) -> None:
    entry = make_entry()
    visitor = visit(server, entry.jam)
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: visitor.tap(entry), range(20)))
    assert [answer.status_code for answer in answers] == [200] * 20
    assert len({answer.text for answer in answers}) == 1
    assert Vote.objects.filter(entry=entry).count() == 1


def test_taps_on_and_off_at_once_end_as_one_of_them_and_never_fail(server: Server, visit: Visit) -> None:
    entry = make_entry()
    visitor = visit(server, entry.jam)
    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda number: visitor.tap(entry, wanted=bool(number % 2)), range(40)))
    assert [answer.status_code for answer in answers] == [200] * 40
    assert visitor.tap(entry, wanted=True).status_code == 200
    assert Vote.objects.filter(entry=entry).count() == 1
