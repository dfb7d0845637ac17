"""The order of names in lists, the same on every database and on the page: keys that sort byte by byte.

Names are compared without case, accents, signs and the article in front: "The Band" is at B, "Ärzte" at A, "Don't"
beside "Dont". Numbers count by their value. Signs and emoji come first, then numbers, Latin letters, and the letters
of other scripts as Unicode lists them, hiragana and katakana together. What is equal so far is told apart by accents
and case. The order of one language (in Swedish, Å is after Z) is not kept, for a site has one order for everybody.
"""

import re
import unicodedata

from django.conf import settings

from core.text import clean_text, fold_text, list_words

MAX_WORDS, MAX_SPELLING = 200, 100  # characters of a key
_NUMBER = re.compile("[0-9]+")
_LONGEST_PLAIN_NUMBER = 9  # digits
_KATAKANA = {letter: letter - 0x60 for letter in range(0x30A1, 0x30F7)}
_BEFORE_NUMBERS, _AFTER_WORDS = "!", "\x01"


def make_sort_key(text: str) -> str:
    """Return the key by which a name is sorted."""
    return _add_spelling(make_sort_words(text), text)


def make_person_sort_key(text: str) -> str:
    """Return the key by which the name of a person is sorted: "An Nguyen" has no article in front."""
    return _add_spelling(_weigh_words(fold_text(text)), text)


def _add_spelling(words: str, text: str) -> str:
    """Return `words` with what tells apart names that have the same."""
    spelling = clean_text(text)[:MAX_SPELLING]
    accents = unicodedata.normalize("NFKD", spelling.casefold())[:MAX_SPELLING]
    return _AFTER_WORDS.join((words, accents, spelling.swapcase()))  # small letters before capitals


def make_sort_words(text: str) -> str:
    """Return the part of the key that tells most names apart, for a page, where every byte counts."""
    return _weigh_words(_without_article(fold_text(text)))


def _weigh_words(folded: str) -> str:
    return " ".join(map(_weigh, list_words(folded)))[:MAX_WORDS]


def _without_article(folded: str) -> str:
    """Return a name without its article, in front or as in "Keelers, The"; one that is only an article keeps it."""
    first, _blank, rest = folded.partition(" ")
    if rest and first in settings.SORT_ARTICLES:
        return rest
    name, _comma, last = folded.rpartition(", ")
    return name if name and last in settings.SORT_ARTICLES else folded


def _weigh(word: str) -> str:
    """Return a word as its place among others: signs first, numbers by their length and then by their digits."""
    if not any(map(str.isalnum, word)):
        return _BEFORE_NUMBERS + word
    return _NUMBER.sub(lambda found: _weigh_number(found[0].lstrip("0") or "0"), word.translate(_KATAKANA))


def _weigh_number(digits: str) -> str:
    length = str(len(digits)) if len(digits) <= _LONGEST_PLAIN_NUMBER else f":{len(digits):03}"
    return length + digits
