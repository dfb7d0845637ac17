"""Measures how soon a slow phone shows what a tap did, while a room votes."""

import asyncio
from threading import Thread

from playwright.sync_api import Page, sync_playwright

from bench.fanout import vote_at_pace
from bench.servers import Server
from bench.visitors import build_vote_requests, open_browsers, read_entries
from tests.phones import QUIET, find_chromium

VOTES_PER_SECOND = 50
SECONDS = 20
SLOWER = 4  # times, as Lighthouse slows its phone
SHORTEST_MS = 16  # what is faster is not reported, and counts as this
OBSERVE = """
    (shortest) => {
        globalThis.slowest = {}; // by interaction, such as a tap: the longest of its events, in milliseconds
        new PerformanceObserver((list) => {
            for (const { interactionId, duration } of list.getEntries())
                if (interactionId) slowest[interactionId] = Math.max(slowest[interactionId] ?? 0, duration);
        }).observe({ type: "event", durationThreshold: shortest });
    }
"""


def measure_interactions(server: Server, page: str) -> list[float]:
    """Return the milliseconds from each tap and key to the next frame, which shows what it did; the slowest first."""
    requests = asyncio.run(prepare_votes(server, page))
    votes = Thread(target=lambda: asyncio.run(vote_at_pace([server], requests, VOTES_PER_SECOND, SECONDS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=QUIET)
        phone = browser.new_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
        phone.context.new_cdp_session(phone).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        phone.goto(f"http://127.0.0.1:{server.port}{page}")
        phone.locator("#connection[data-state=live]").wait_for(state="attached")
        phone.evaluate(OBSERVE, SHORTEST_MS)
        votes.start()
        while votes.is_alive():
            use(phone)
        count = phone.evaluate("performance.interactionCount")
        slow: list[float] = phone.evaluate("Object.values(slowest)")
        browser.close()
    return sorted([*slow, *[SHORTEST_MS] * (count - len(slow))], reverse=True)


async def prepare_votes(server: Server, page: str) -> list[bytes]:
    """Return a vote of enough people for every song."""
    entries = await read_entries(server.port, page)
    people = await open_browsers(server.port, page, VOTES_PER_SECOND * SECONDS // len(entries) + 1)
    return build_vote_requests(people, page, entries)[: len(people) * len(entries)]


def use(phone: Page) -> None:
    """Do once what guests do: give a heart and take it back, read about a song, find one."""
    heart = phone.locator(".heart").nth(1)
    heart.tap()
    heart.tap()
    phone.locator(".play").nth(1).tap()
    phone.locator("#sheet .sheet-close").tap()
    phone.locator("#find").press_sequentially("am")
    phone.locator("#find").fill("")


def next_paint(durations: list[float]) -> float:
    """Return the interaction to next paint: the slowest, without one in fifty (https://web.dev/articles/inp)."""
    return durations[len(durations) // 50]
