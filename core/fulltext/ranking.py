"""Which of some texts is meant by what somebody typed: the same answer whatever database found them.

Works on words as `core.text.split_words` gives them. A text is a list of fields, the weightiest first.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from core.text import split_words

LATER_FIELD_WEIGHT = 0.6  # what a word in a later field counts, against the same in the first
EXACT, PREFIX, TYPO = 1.0, 0.6, 0.3  # how surely a word is the one that was typed
EXACT_BONUS, PREFIX_BONUS, CONTAINS_BONUS = 2.0, 1.0, 0.5  # extra for the whole text, its beginning, a part of it
STOP_WORDS = frozenset({"a", "an", "and", "by", "of", "the"})  # may be missing in what is found
ONE_TYPO_LENGTH, TWO_TYPOS_LENGTH = 4, 6  # letters: shorter words hold no typo, from here on one, from there on two
MAX_SIMILAR_WORDS = 10  # words that one mistyped word may mean
MAX_SPLIT_LENGTH = 30  # letters

type Fields = Sequence[Sequence[str]]


def split_query(text: str) -> list[str]:
    """Return the words of `text` that have to be found: all but "the" and the like, if others are left."""
    every = split_words(text)
    return [word for word in every if word not in STOP_WORDS] or every


def score_fields(asked: Sequence[str], fields: Fields) -> float:
    """Return how well `fields` answer `asked`; 0 when a word of it is nowhere in them."""
    total = 0.0
    for word in asked:
        best = max((_score_field(word, field) * _weight(place) for place, field in enumerate(fields)), default=0.0)
        if not best:
            return 0.0
        total += best
    return total / len(asked) + _score_phrase(asked, fields[0])


def mark_matches(text: str, asked: Sequence[str]) -> list[tuple[str, bool]]:
    """Return `text` in pieces, each with whether it is (in) what was asked for; joined they are `text`."""
    pieces = [piece for part in text.split(" ") for piece in (part, " ")][:-1]
    held = [split_words(piece) for piece in pieces]
    best = [max((score_word(word, one) for own in held for one in own), default=0.0) for word in asked]
    hits = [
        any(surest and score_word(word, one) == surest for word, surest in zip(asked, best, strict=True) for one in own)
        for own in held
    ]
    return list(zip(pieces, hits, strict=True))


@lru_cache(maxsize=65_536)
def score_word(asked: str, word: str) -> float:
    """Return how surely `word` is meant by `asked`, which may be its beginning or mistyped; 0 for not at all."""
    if word == asked:
        return EXACT
    if word.startswith(asked):
        return PREFIX + 0.3 * len(asked) / len(word)
    allowed = _count_allowed_typos(asked)
    # OSA counts letters that are wrong, missing, extra or swapped with their neighbour, and stops above the cutoff.
    whole = OSA.distance(asked, word, score_cutoff=allowed)
    begun = 0.5 + OSA.distance(asked, word[: len(asked)], score_cutoff=allowed)
    typos = min(whole, begun)
    return TYPO - 0.05 * typos if typos <= allowed else 0.0


def find_similar_words(asked: str, vocabulary: Iterable[str]) -> list[str]:
    """Return the NEAREST words of `vocabulary` that a mistyped `asked` may mean, the likeliest first."""
    allowed = _count_allowed_typos(asked)
    if not allowed:
        return []
    letters, length = set(asked), len(asked) + allowed
    like = [word for word in vocabulary if len(letters.difference(word[:length])) <= allowed]
    meant = [(-score_word(asked, word), word) for word in like if not word.startswith(asked)]
    return [word for surest, word in sorted(meant) if surest][:MAX_SIMILAR_WORDS]


def split_in_two(asked: str) -> list[str]:
    """Return the pairs of words, of two letters at least, that `asked` may run together: "acdc" is "ac dc"."""
    if len(asked) > MAX_SPLIT_LENGTH:
        return []
    return [f"{asked[:at]} {asked[at:]}" for at in range(2, len(asked) - 1)]


def _count_allowed_typos(asked: str) -> int:
    """Return how many typos a word of so many letters may hold."""
    return 0 if len(asked) < ONE_TYPO_LENGTH else 1 if len(asked) < TWO_TYPOS_LENGTH else 2


def _weight(place: int) -> float:
    return LATER_FIELD_WEIGHT if place else 1.0


def _score_field(asked: str, field: Sequence[str]) -> float:
    """The surest of its words, or of two neighbours written as one: "acdc" is in AC/DC."""
    joined = ("".join(pair) for pair in pairwise(field))
    return max((score_word(asked, word) for word in (*field, *joined)), default=0.0)


def _score_phrase(asked: Sequence[str], field: Sequence[str]) -> float:
    phrase = " ".join(asked)
    text = " ".join(word for word in field if word not in STOP_WORDS) or " ".join(field)
    shorter_first = len(phrase) / (len(phrase) + len(text) + 1)
    if text == phrase:
        return EXACT_BONUS
    if text.startswith(phrase):
        return PREFIX_BONUS + shorter_first
    return (CONTAINS_BONUS if phrase in text else 0.0) + 0.2 * shorter_first
