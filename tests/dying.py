"""A cache that stops answering after so many requests, as django-redis shows it: quietly."""

from collections.abc import Iterable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache


class DyingCache(LocMemCache):
    """`life` is how many more requests are answered; `in_vain` counts those that were not."""

    life = 0
    in_vain = 0

    def _answers(self) -> bool:
        if type(self).life > 0:
            type(self).life -= 1
            return True
        type(self).in_vain += 1
        return False

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return super().get(*args, **kwargs) if self._answers() else None

    def get_many(self, keys: Iterable[Any], version: int | None = None) -> dict[Any, Any]:
        found = {key: super(DyingCache, self).get(key, version=version) for key in keys}
        return {key: value for key, value in found.items() if value is not None} if self._answers() else {}

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return super().set(*args, **kwargs) if self._answers() else None

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return super().add(*args, **kwargs) if self._answers() else None

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return super().delete(*args, **kwargs) if self._answers() else None

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return super().incr(*args, **kwargs) if self._answers() else None
