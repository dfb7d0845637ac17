"""Songs of the library that may be one and the same, for a host who merges them.

No two songs have the same `match_key`. The pairs found here match less strictly: when what is in brackets or after a
dash is ignored ("(Live)", "- Remastered 2011"), when title and artist are swapped, or apart from one mistyped letter.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from core.text import fold_name
from songs.models import Song

MAX_COMPARED = 20_000  # songs, the newest; 5,000 take about a quarter of a second
MAX_PAIRS = 50
MOST_ALIKE = 5  # songs that are compared with each of the others that look like them
SHORTEST_MISTYPED = 6  # letters; "Help" and "Hell" are two songs

_VERSION = re.compile(
    r"\s*[(\[][^)\]]*[)\]]\s*$"
    r"|\s+-\s+(?:\d{4}\s+)?(?:remaster|live|acoustic|radio|single|album|mono|stereo|demo|version)\w*\b.*$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Name:
    """A song with its title and its artist in one spelling, without blanks."""

    pk: int
    title: str
    artist: str


@dataclass(frozen=True)
class Twins:
    """Two songs that may be one; `keep` is the one that was played more often, or is older."""

    keep: Song
    twin: Song


def list_likely_twins() -> list[Twins]:
    """Return up to MAX_PAIRS pairs of songs that may be one, the likeliest first."""
    newest = Song.objects.current().order_by("-pk").values_list("pk", "title", "artist")[:MAX_COMPARED]
    names = [Name(pk, _reduce(title), _reduce(artist)) for pk, title, artist in newest]
    pairs: dict[frozenset[int], None] = {}
    for one, other in (*_find_versions(names), *_find_mistyped(names)):
        pairs.setdefault(frozenset((one, other)))
        if len(pairs) == MAX_PAIRS:
            break
    songs = Song.objects.without_chords().in_bulk({pk for pair in pairs for pk in pair})
    return [_order([songs[pk] for pk in pair]) for pair in pairs if pair <= songs.keys()]


def _order(pair: list[Song]) -> Twins:
    keep, twin = sorted(pair, key=lambda song: (-song.times_played, len(song.title), song.pk))
    return Twins(keep, twin)


def _reduce(text: str) -> str:
    """Return a name without its version and without blanks; the whole name where nothing else is left."""
    return (fold_name(_VERSION.sub("", text)) or fold_name(text)).replace(" ", "")


def _find_versions(names: list[Name]) -> Iterator[tuple[int, int]]:
    """Yield pairs with the same title and artist, or with the two swapped; each with the oldest of its kind."""
    oldest: dict[tuple[str, str], int] = {}
    for name in reversed(names):
        for key in ((name.title, name.artist), (name.artist, name.title)):
            if key in oldest and oldest[key] != name.pk:
                yield oldest[key], name.pk
        oldest.setdefault((name.title, name.artist), name.pk)


def _find_mistyped(names: list[Name]) -> Iterator[tuple[int, int]]:
    """Yield pairs with the same artist and nearly the same title, or the other way round.

    Two words that differ by one letter too many, too few, wrong or swapped are equal once a letter of each is left out.
    """
    seen: dict[tuple[str, str, str], list[Name]] = defaultdict(list)
    for name in reversed(names):
        for kind, same, word in (("title", name.artist, name.title), ("artist", name.title, name.artist)):
            if len(word) < SHORTEST_MISTYPED:
                continue
            for rest in {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}:
                others = seen[kind, same, rest]
                for other in others:
                    if _is_mistyped(word, getattr(other, kind)):
                        yield other.pk, name.pk
                if len(others) < MOST_ALIKE:
                    others.append(name)


def _is_mistyped(word: str, other: str) -> bool:
    """Whether the two differ by one letter; another number is another song."""
    same_numbers = _DIGITS.findall(word) == _DIGITS.findall(other)
    return same_numbers and OSA.distance(word, other, score_cutoff=1) == 1
