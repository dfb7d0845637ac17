"""When a room of the hub reads its board again: after every announcement, and now and then without one."""

import asyncio

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
