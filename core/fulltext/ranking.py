"""Which of some texts is meant by what somebody typed: the same answer whatever database found them.

Works on words as `core.text.split_words` gives them. A text is a list of fields, the weightiest first.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from core.text import split_words

LESSER_FIELD = 0.6  # what a word in a later field counts, against the same in the first
WHOLE, BEGUN, MISTYPED = 1.0, 0.6, 0.3  # how surely a word is the one that was typed
IS_IT, BEGINS_WITH_IT, HOLDS_IT = 2.0, 1.0, 0.5  # extra for the whole text, its beginning, a part of it
FREE = frozenset({"a", "an", "and", "by", "of", "the"})  # may be missing in what is found
SHORT, LONG = 4, 6  # letters: shorter words hold no typo, from here on one, from there on two
NEAREST = 10  # words that one mistyped word may mean
LONGEST_PARTED = 30  # letters

type Fields = Sequence[Sequence[str]]


def sought(text: str) -> list[str]:
    """Return the words of `text` that have to be found: all but "the" and the like, if others are left."""
    every = split_words(text)
    return [word for word in every if word not in FREE] or every


def score(asked: Sequence[str], fields: Fields) -> float:
    """Return how well `fields` answer `asked`; 0 when a word of it is nowhere in them."""
    total = 0.0
    for word in asked:
        best = max((_in_field(word, field) * _weight(place) for place, field in enumerate(fields)), default=0.0)
        if not best:
            return 0.0
        total += best
    return total / len(asked) + _as_a_whole(asked, fields[0])


def marked(text: str, asked: Sequence[str]) -> list[tuple[str, bool]]:
    """Return `text` in pieces, each with whether it is (in) what was asked for; joined they are `text`."""
    pieces = [piece for part in text.split(" ") for piece in (part, " ")][:-1]
    held = [split_words(piece) for piece in pieces]
    best = [max((fits(word, one) for own in held for one in own), default=0.0) for word in asked]
    hits = [
        any(surest and fits(word, one) == surest for word, surest in zip(asked, best, strict=True) for one in own)
        for own in held
    ]
    return list(zip(pieces, hits, strict=True))


@lru_cache(maxsize=65_536)
def fits(asked: str, word: str) -> float:
    """Return how surely `word` is meant by `asked`, which may be its beginning or mistyped; 0 for not at all."""
    if word == asked:
        return WHOLE
    if word.startswith(asked):
        return BEGUN + 0.3 * len(asked) / len(word)
    allowed = _allowed(asked)
    # OSA counts letters that are wrong, missing, extra or swapped with their neighbour, and stops above the cutoff.
    whole = OSA.distance(asked, word, score_cutoff=allowed)
    begun = 0.5 + OSA.distance(asked, word[: len(asked)], score_cutoff=allowed)
    typos = min(whole, begun)
    return MISTYPED - 0.05 * typos if typos <= allowed else 0.0


def near(asked: str, vocabulary: Iterable[str]) -> list[str]:
    """Return the NEAREST words of `vocabulary` that a mistyped `asked` may mean, the likeliest first."""
    allowed = _allowed(asked)
    if not allowed:
        return []
    letters, length = set(asked), len(asked) + allowed
    like = [word for word in vocabulary if len(letters.difference(word[:length])) <= allowed]
    meant = [(-fits(asked, word), word) for word in like if not word.startswith(asked)]
    return [word for surest, word in sorted(meant) if surest][:NEAREST]


def parted(asked: str) -> list[str]:
    """Return the pairs of words, of two letters at least, that `asked` may run together: "acdc" is "ac dc"."""
    if len(asked) > LONGEST_PARTED:
        return []
    return [f"{asked[:at]} {asked[at:]}" for at in range(2, len(asked) - 1)]


def _allowed(asked: str) -> int:
    """Return how many typos a word of so many letters may hold."""
    return 0 if len(asked) < SHORT else 1 if len(asked) < LONG else 2


def _weight(place: int) -> float:
    return LESSER_FIELD if place else 1.0


def _in_field(asked: str, field: Sequence[str]) -> float:
    """The surest of its words, or of two neighbours written as one: "acdc" is in AC/DC."""
    joined = ("".join(pair) for pair in pairwise(field))
    return max((fits(asked, word) for word in (*field, *joined)), default=0.0)


def _as_a_whole(asked: Sequence[str], field: Sequence[str]) -> float:
    phrase = " ".join(asked)
    text = " ".join(word for word in field if word not in FREE) or " ".join(field)
    shorter_first = len(phrase) / (len(phrase) + len(text) + 1)
    if text == phrase:
        return IS_IT
    if text.startswith(phrase):
        return BEGINS_WITH_IT + shorter_first
    return (HOLDS_IT if phrase in text else 0.0) + 0.2 * shorter_first
