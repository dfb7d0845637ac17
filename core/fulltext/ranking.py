"""Ranking of search results, independent of the database that found them.

It works on words as `core.text.split_words` returns them. A text is a list of fields, the most important first.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from core.text import is_sign_word, is_unspaced, split_words

LATER_FIELD_WEIGHT = 0.6  # of a match in a later field, relative to the first
EXACT, PREFIX, TYPO = 1.0, 0.6, 0.3  # the score of a word that equals, continues or resembles the one in the query
EXACT_BONUS, PREFIX_BONUS, CONTAINS_BONUS = 2.0, 1.0, 0.5  # if the query is the whole text, its beginning, a part of it
STOP_WORDS = frozenset({"a", "an", "and", "by", "of", "the"})  # need not match
ONE_TYPO_LENGTH, TWO_TYPOS_LENGTH = 4, 6  # letters from which on a word may have one typo, or two
MAX_SIMILAR_WORDS = 10  # for one mistyped word
MAX_SPLIT_LENGTH = 30  # letters; longer words are not split

type Fields = Sequence[Sequence[str]]


def split_query(text: str) -> list[str]:
    """Return the words of a query that must match: all except signs and stop words, unless there are only these."""
    every = split_words(text)
    words = [word for word in every if not is_sign_word(word)] or every
    return [word for word in words if word not in STOP_WORDS] or words


def score_fields(query_words: Sequence[str], fields: Fields) -> float:
    """Return how well `fields` match the words `query_words`; 0 if one of them matches nothing."""
    total = 0.0
    for word in query_words:
        best = max(
            (_score_field(word, field) * (LATER_FIELD_WEIGHT if index else 1.0) for index, field in enumerate(fields)),
            default=0.0,
        )
        if not best:
            return 0.0
        total += best
    return total / len(query_words) + _score_phrase(query_words, fields[0])


def mark_matches(text: str, query_words: Sequence[str]) -> list[tuple[str, bool]]:
    """Split `text` into pieces, each with whether it matches a word of `query_words`; joined, they are `text`."""
    pieces = [piece for part in text.split(" ") for piece in (part, " ")][:-1]
    words = [split_words(piece) for piece in pieces]
    best = [max((score_word(word, one) for own in words for one in own), default=0.0) for word in query_words]
    is_match = [
        any(
            highest and score_word(word, one) == highest
            for word, highest in zip(query_words, best, strict=True)
            for one in own
        )
        for own in words
    ]
    return list(zip(pieces, is_match, strict=True))


@lru_cache(maxsize=65_536)
def score_word(typed: str, word: str) -> float:
    """Return how well `word` matches `typed`, which may be its beginning or mistyped; 0 for no match."""
    if word == typed:
        return EXACT
    if word.startswith(typed):
        return PREFIX + 0.3 * len(typed) / len(word)
    allowed = _count_allowed_typos(typed)
    # OSA counts wrong, missing, extra and transposed letters, and stops above the cutoff.
    whole = OSA.distance(typed, word, score_cutoff=allowed)
    prefix = 0.5 + OSA.distance(typed, word[: len(typed)], score_cutoff=allowed)
    typos = min(whole, prefix)
    return TYPO - 0.05 * typos if typos <= allowed else 0.0


def find_similar_words(typed: str, vocabulary: Iterable[str]) -> list[str]:
    """Return up to MAX_SIMILAR_WORDS of `vocabulary` that a mistyped `typed` may mean, the likeliest first."""
    allowed = _count_allowed_typos(typed)
    if not allowed:
        return []
    letters, length = set(typed), len(typed) + allowed
    similar = [word for word in vocabulary if len(letters.difference(word[:length])) <= allowed]
    scored = [(-score_word(typed, word), word) for word in similar if not word.startswith(typed)]
    return [word for score, word in sorted(scored) if score][:MAX_SIMILAR_WORDS]


def split_in_two(typed: str) -> list[str]:
    """Return the pairs of words, of at least two letters, that `typed` may join: "acdc" is "ac dc"."""
    if len(typed) > MAX_SPLIT_LENGTH or is_sign_word(typed):
        return []
    return [f"{typed[:at]} {typed[at:]}" for at in range(2, len(typed) - 1)]


def leave_out_letters(query_words: Sequence[str]) -> list[list[str]]:
    """Return the query once for each letter of text without spaces, without the pairs that this letter is in.

    One of them fits where a letter is wrong, missing or one too many. At least one whole pair is left in each.
    """
    fewer = []
    for at, word in enumerate(query_words):
        if not is_unspaced(word):
            continue
        before = query_words[at - 1] if at else ""
        first = at - 1 if len(before) > 1 and before[1] == word[0] else at
        rest = [*query_words[:first], *query_words[at + 1 :]]
        if any(len(piece) > 1 and is_unspaced(piece) for piece in rest):
            fewer.append(rest)
    return fewer


def _count_allowed_typos(typed: str) -> int:
    """Return how many typos a word of this length may have."""
    return 0 if len(typed) < ONE_TYPO_LENGTH or is_sign_word(typed) else 1 if len(typed) < TWO_TYPOS_LENGTH else 2


def _score_field(typed: str, field: Sequence[str]) -> float:
    """Return the best score of a word of `field`, or of two adjacent words joined: "acdc" matches AC/DC."""
    joined = ("".join(pair) for pair in pairwise(field))
    return max((score_word(typed, word) for word in (*field, *joined)), default=0.0)


def _score_phrase(query_words: Sequence[str], field: Sequence[str]) -> float:
    phrase = " ".join(query_words)
    text = " ".join(word for word in field if word not in STOP_WORDS) or " ".join(field)
    shorter_first = len(phrase) / (len(phrase) + len(text) + 1)
    if text == phrase:
        return EXACT_BONUS
    if text.startswith(phrase):
        return PREFIX_BONUS + shorter_first
    return (CONTAINS_BONUS if phrase in text else 0.0) + 0.2 * shorter_first
