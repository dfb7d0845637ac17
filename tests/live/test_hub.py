"""When a room of the hub reads its board again: after every announcement, and now and then without one."""

import asyncio
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from jams.live import hub


@pytest.mark.parametrize(
    ("recheck_seconds", "is_announced", "reads"), [(3600, False, False), (3600, True, True), (0, False, True)]
)
def test_room_reads_again_when_told_or_when_it_is_time(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, recheck_seconds: float, is_announced: bool, reads: bool
) -> None:
    """It woke up for its heartbeat every five seconds and read the board, whatever LIVE_RECHECK_SECONDS said."""
    settings.LIVE_RECHECK_SECONDS = recheck_seconds
    monkeypatch.setattr(hub, "HEARTBEAT_SECONDS", 0.01)

    async def scenario() -> bool:
        room = hub.Room("here", "en")
        room.read_at = asyncio.get_running_loop().time()
        if is_announced:
            room.mark_changed(1.0)
        return await room._wait_for_change()

    assert asyncio.run(scenario()) is reads


@pytest.mark.parametrize(("cost", "pause"), [(0.0, 0.1), (0.03, 0.1), (0.05, 0.15), (0.07, 0.2), (9.0, 0.2)])
def test_costly_update_is_followed_by_a_longer_pause(settings: Settings, cost: float, pause: float) -> None:
    settings.LIVE_TICK_SECONDS = 0.2
    assert hub.choose_pause(cost) == pytest.approx(pause)


def test_room_pauses_by_what_its_last_update_has_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    room = hub.Room("here", "en")
    room.joining = 1  # so that it is not empty
    costs: list[float] = []
    reading_seconds = iter([0.0, 0.2, 0.0])

    def note_cost(cost: float) -> float:
        costs.append(cost)
        room.mark_changed(1.0)
        room.joining = int(len(costs) < 2)
        return 0

    async def read_slowly(_slug: str, _language: str) -> SimpleNamespace:
        await asyncio.sleep(next(reading_seconds))
        return SimpleNamespace(html="", order=1, updates_since=lambda _before: "")

    monkeypatch.setattr(hub, "choose_pause", note_cost)
    monkeypatch.setattr(hub, "read_board", read_slowly)
    asyncio.run(room.run())
    assert costs[1] > 0.19
