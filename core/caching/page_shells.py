"""Personal pages of which only small parts are personal: rendered once with holes, and filled in for each visitor."""

import re
import secrets
import threading
from collections.abc import Callable, Hashable, Mapping

from cachetools import LRUCache

MAX_SHELLS = 64  # per process; some 60 kB each
LINE_BREAK = re.compile(r"\s*\n\s*")  # templates leave empty lines and indentation, which browsers ignore


class PageShells:
    """One rendered page per key, with holes of these names. All threads share it.

    A hole is a random text, so that nothing that somebody has entered can be taken for one.
    """

    def __init__(self, *names: str) -> None:
        self.holes = {name: f"hole-{secrets.token_hex(16)}" for name in names}
        self.lock = threading.Lock()  # an LRUCache is not thread-safe: reading changes its order
        self.shells: LRUCache[Hashable, tuple[tuple[object, ...], str]] = LRUCache(MAX_SHELLS)

    def render(
        self,
        key: Hashable,
        *,
        version: tuple[object, ...],
        build: Callable[[Mapping[str, str]], str],
        parts: Mapping[str, str],
    ) -> str:
        """Return the page under `key` with `parts`, by the names of the holes, filled in.

        `build` gets the holes, to put them where the parts belong. Its page is used as long as `version` holds the
        same objects. Nothing else in it may depend on the visitor.
        """
        with self.lock:
            found = self.shells.get(key)
        if found is None or any(old is not new for old, new in zip(found[0], version, strict=True)):
            found = (version, LINE_BREAK.sub("\n", build(self.holes)))
            with self.lock:
                self.shells[key] = found
        page = found[1]
        for name, hole in self.holes.items():
            page = page.replace(hole, parts[name])
        return page
