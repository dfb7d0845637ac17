"""One vote and one change of the band, told to each page in its own language, on a real server."""

import asyncio
import re

from tests.builders import make_entry, make_jam, make_song
from tests.servers import Server
from tests.visitors import Follower, Visit, counts_in, follow


def needs_in(html: str) -> list[str]:
    return re.findall(r'badge-missing">([^<]+)<', html)


async def frame_with(follower: Follower, words: str) -> str:
    """Return the next frame that holds `words`; raises TimeoutError when none comes."""
    while words not in (frame := await follower.next_frame()):
        pass
    return frame


def test_each_language_hears_of_a_vote_and_of_a_part_in_its_own_words(server: Server, visit: Visit) -> None:
    jam = make_jam()
    entry = make_entry(jam=jam, song=make_song(parts=[{"part": "bass"}, {"part": "drums"}]))
    visitor = visit(server, jam)

    async def scenario() -> list[tuple[dict[int, int], list[str]]]:
        async with follow(server, jam.slug, query="?lang=de") as german, follow(server, jam.slug) as english:
            whole = [await follower.next_frame() for follower in (german, english)]
            await asyncio.to_thread(visitor.tap, entry)
            votes = [await follower.next_frame() for follower in (german, english)]
            await asyncio.to_thread(visitor.say, "me/join/", name="Dana", place="me")
            await asyncio.to_thread(visitor.say, f"songs/{entry.pk}/sign-up/", part="drums")
            parts = [await frame_with(follower, "Dana") for follower in (german, english)]
            return [(counts_in(frame), needs_in(frame)) for frame in (*whole, *votes, *parts)]

    told = asyncio.run(scenario())
    assert told[:2] == [
        ({entry.pk: 0}, ["Braucht Bass, Schlagzeug"]),
        ({entry.pk: 0}, ["Needs bass, drums"]),
    ]
    assert told[2:4] == [({entry.pk: 1}, []), ({entry.pk: 1}, [])]
    assert [needs for _counts, needs in told[4:]] == [["Braucht Bass"], ["Needs bass"]]
