"""Reads generations in an event loop without blocking it."""

import asyncio
import time
from contextlib import suppress

import redis.asyncio
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from core.caching import generations

TIMEOUT_SECONDS = 0.25  # as for Django's own connection to the cache
COOLDOWN_SECONDS = 1.0  # after a failure nothing is read for so long; whoever asks goes to Django

type Generations = tuple[int, ...]


class GenerationReader:
    """Reads generations for coroutines of one event loop.

    With Redis, everyone who asks while a read is on its way shares the next one, so a burst of requests is one round
    trip. A read always begins after the request for it, so it sees every commit that was acknowledged before. Memory
    local to the process is read directly.
    """

    def __init__(self) -> None:
        self.client = redis.asyncio.from_url(settings.REDIS_URL) if settings.REDIS_URL else None
        self.waiting: list[tuple[tuple[str, ...], asyncio.Future[Generations | None]]] = []
        self.reading: asyncio.Task[None] | None = None
        self.failed_at = -COOLDOWN_SECONDS

    async def read(self, names: tuple[str, ...]) -> Generations | None:
        """Return the current generation of each name, or None if one is not there or the cache does not answer."""
        if not generations.may_be_read(names) or time.monotonic() - self.failed_at < COOLDOWN_SECONDS:
            return None
        if self.client is None:
            return generations.read_generations(*names)
        answer: asyncio.Future[Generations | None] = asyncio.get_running_loop().create_future()
        self.waiting.append((names, answer))
        if self.reading is None:
            self.reading = asyncio.create_task(self._read_for_all(self.client))
        return await answer

    async def close(self) -> None:
        """Close the connection to Redis."""
        if self.client is not None:
            await self.client.aclose()

    async def _read_for_all(self, client: redis.asyncio.Redis) -> None:
        try:
            while self.waiting:
                await asyncio.sleep(0)  # whoever arrived at the same time joins in
                asking, self.waiting = self.waiting, []
                found = await self._read_from_redis(client, {name for names, _ in asking for name in names})
                for names, answer in asking:
                    if not answer.done():  # it is, if its client has gone
                        answer.set_result(_pick(found, names))
        finally:
            self.reading = None

    async def _read_from_redis(self, client: redis.asyncio.Redis, names: set[str]) -> dict[str, int]:
        """Return those generations that Redis has; none if it does not answer in time."""
        wanted = sorted(names)
        keys = [str(cache.make_key(generations.make_generation_key(name))) for name in wanted]
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(TIMEOUT_SECONDS):
                values = await client.mget(keys)
            return {name: int(value) for name, value in zip(wanted, values, strict=True) if value is not None}
        self.failed_at = time.monotonic()
        return {}


def _pick(found: dict[str, int], names: tuple[str, ...]) -> Generations | None:
    return tuple(found[name] for name in names) if found.keys() >= set(names) else None
