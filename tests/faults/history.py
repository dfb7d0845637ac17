"""A history of hearts, and whether everything that was read could have been true when it was read."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Write:
    """`person` asked at `began` for a heart to be on or off, and was acknowledged at `ended`."""

    person: int
    entry: int
    wanted: bool
    began: float
    ended: float


@dataclass(frozen=True)
class Read:
    """Between these moments a page was read that counted `votes` for `entry`."""

    entry: int
    votes: int
    began: float
    ended: float


def possible(writes: Iterable[Write], read: Read) -> set[bool]:
    """Return what one person's heart may have been while `read` was under way; that person writes one after the other.

    It is what the last write said that was over before, or what any write says that overlaps.
    """
    over = [write for write in writes if write.ended < read.began]
    under_way = [write for write in writes if write.ended >= read.began and write.began <= read.ended]
    last = max(over, key=lambda write: write.ended).wanted if over else False
    return {last} | {write.wanted for write in under_way}


def impossible(writes: Iterable[Write], reads: Iterable[Read]) -> list[tuple[Read, int, int]]:
    """Return each read that cannot have been true, with the fewest and the most votes that it might have told."""
    of: dict[tuple[int, int], list[Write]] = {}
    for write in writes:
        of.setdefault((write.entry, write.person), []).append(write)
    found = []
    for read in reads:
        hearts = [possible(theirs, read) for (entry, _person), theirs in of.items() if entry == read.entry]
        fewest, most = sum(heart == {True} for heart in hearts), sum(True in heart for heart in hearts)
        if not fewest <= read.votes <= most:
            found.append((read, fewest, most))
    return found
