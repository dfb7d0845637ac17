"""How Jamsite writes down and compares what people type."""

import re
import unicodedata

# Characters that only steer how other text is drawn, and letters that are drawn as nothing: they hide or reverse a
# name on the television. U+200C and U+200D stay: scripts and emoji are spelled with them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
_VISIBLE_CATEGORIES = (
    "L",
    "N",
    "P",
    "S",
)  # kinds of characters of which a text needs one; new emoji may not be known as such yet
_UNASSIGNED_CATEGORIES = ("Cn", "Co")
_MARKS_IN_A_ROW = re.compile(r"([\u0300-\u036f\u20d0-\u20ff]{3})[\u0300-\u036f\u20d0-\u20ff]+")

# Normalising sorts a run of combining marks, which takes the square of its length: 256 KB of them once froze a process
# for 17 s. No text that people type has more than a few (Unicode's stream-safe form, UAX #15, allows 30).
_MAX_MARKS = 30
# What Unicode calls default ignorable: it shows nothing, so with it a name would have a twin that looks the same. Some
# scripts and emoji are spelled with such characters, so a text keeps them and only its folded form does without.
_IGNORABLE = re.compile(
    "[\u034f\u17b4\u17b5\u180b-\u180f\u200c\u200d\u206a-\u206f\ufe00-\ufe0f\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Longer than any field allows, so a text that is cut here is still refused for its length.
MAX_CHARACTERS = 4096

_WORD = re.compile(r"[^\W_]+")
_IN_WORD_PUNCTUATION = re.compile(r"['\u2018\u2019`\u00b4]|(?<=\b\w)\.(?=\w\b)|(?<=\.\w)\.")  # apostrophes, initials


def clean_text(text: str) -> str:
    """Return `text` in NFC on one line, without control, lone surrogate and bidirectional characters.

    A text in which nothing can be seen is empty. Of a text above MAX_CHARACTERS only its beginning is looked at, and
    long runs of combining marks are thinned out before they are normalised, so the work grows with the length at most.
    """
    text = _limit_marks(text[:MAX_CHARACTERS])
    text = "".join(" " if char in "\t\n\r" else char for char in text)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = " ".join(_MARKS_IN_A_ROW.sub(r"\1", text).split())
    return text if any(_is_visible(char) for char in text) else ""


def _limit_marks(text: str) -> str:
    """Return `text` with no more than _MAX_MARKS combining marks in a row."""
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MAX_MARKS:
            kept.append(char)
    return "".join(kept)


def _is_visible(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in _VISIBLE_CATEGORIES or category in _UNASSIGNED_CATEGORIES


def fold_text(text: str) -> str:
    """Return the form of `text` in which two spellings of one name are equal: no case, no accents."""
    compatible = unicodedata.normalize("NFKD", _IGNORABLE.sub("", clean_text(text))).casefold()
    decomposed = unicodedata.normalize("NFKD", compatible)
    return clean_text("".join(char for char in decomposed if not unicodedata.combining(char)))


def split_words(text: str) -> list[str]:
    """Return the words of `text` as a search compares them: folded, of letters and digits alone.

    Apostrophes and initials do not part them ("dont", "rem"); "&" is the word "and".
    """
    folded = _IN_WORD_PUNCTUATION.sub("", fold_text(text).replace("&", " and "))
    return _WORD.findall(folded)
