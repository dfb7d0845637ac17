"""Cleaning and comparing text that people type."""

import re
import unicodedata

from core.confusables import LOOKALIKES

# Format characters and invisible letters, which hide or reverse a name on the stage screen. U+200C and U+200D stay:
# some scripts and emoji need them.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u2800\u3164\ufeff\uffa0\ufff9-\ufffb]"
)
_VISIBLE_CATEGORIES = ("L", "N", "P", "S")
_UNASSIGNED_CATEGORIES = ("Cn", "Co")  # emoji that are newer than Python's Unicode tables
_MARKS_IN_A_ROW = re.compile(r"([\u0300-\u036f\u20d0-\u20ff]{3})[\u0300-\u036f\u20d0-\u20ff]+")

# Normalising sorts a run of combining marks in quadratic time: 256 KB of them once blocked a process for 17 s. Text
# that people type has only a few in a row (Unicode's stream-safe format, UAX #15, allows 30).
_MAX_MARKS = 30
# Unicode's default ignorable characters are invisible, so two names that look the same could differ in them. They stay
# only behind a character that may need them, which is an emoji or a letter of the scripts from Hebrew on; the folded
# form omits them all.
_IGNORABLES = (
    "\u034f\u17b4\u17b5\u180b-\u180f\u200c\u200d\u206a-\u206f\ufe00-\ufe0f\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_IGNORABLE = re.compile(f"[{_IGNORABLES}]")
_IGNORED_IN_VAIN = re.compile(
    f"(?<![\u0590-\u1cff\u2190-\u2bff\u2e80-\ua63f\ua6a0-\ua6ff\ua800-\uab2f\uab70-\ufaff\ufb1d-\ufdff\ufe70-\ufefc\U00010000-\U0001d172"
    f"\U0001d17b-\U000dffff{_IGNORABLES}])[{_IGNORABLES}]+"
)
# More than any field allows, so a text that is cut off here is still refused as too long.
MAX_CHARACTERS = 4096

_WORD = re.compile(r"[^\W_]+")
# Apostrophes, and the dots of initials.
_IN_WORD_PUNCTUATION = re.compile(r"['\u2018\u2019`\u00b4]|(?<=\b\w)\.(?=\w\b)|(?<=\.\w)\.")


def clean_text(text: str) -> str:
    """Return `text` in NFC on one line, without control, lone surrogate and bidirectional characters.

    A text of invisible characters only becomes "". Only the first MAX_CHARACTERS are used, and long runs of combining
    marks are shortened before they are normalised, so that the time is at most linear in the length.
    """
    text = _limit_marks(text[:MAX_CHARACTERS])
    text = "".join(" " if char in "\t\n\r" else char for char in text)
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cs"))
    text = unicodedata.normalize("NFC", _IGNORED_IN_VAIN.sub("", _INVISIBLE.sub("", text)))
    text = " ".join(_MARKS_IN_A_ROW.sub(r"\1", text).split())
    return text if any(_is_visible(char) for char in text) else ""


def _limit_marks(text: str) -> str:
    """Return `text` with at most _MAX_MARKS combining marks in a row."""
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
    """Return `text` without case, accents and ignorable characters, so that spellings of one name are equal."""
    compatible = unicodedata.normalize("NFKD", _IGNORABLE.sub("", clean_text(text))).casefold()
    return clean_text(_remove_accents(compatible))


def fold_lookalikes(text: str) -> str:
    """Return a form that is the same for texts that look the same, such as "Sam" with a Cyrillic letter.

    It is the skeleton of Unicode's UTS #39 without accents, and nearly without case: letters that differ only by case
    are equal if they look so ("I" is "l" here, and not "i"). So two names are alike if this or `fold_text` is equal.
    """
    looks = _remove_accents(_IGNORABLE.sub("", clean_text(text))).translate(LOOKALIKES)
    return _remove_accents(looks.casefold()).translate(LOOKALIKES)


def _remove_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def split_words(text: str) -> list[str]:
    """Return the words of `text` as search compares them: folded, letters and digits only.

    Apostrophes and the dots of initials do not split a word ("dont", "rem"); "&" is the word "and".
    """
    folded = _IN_WORD_PUNCTUATION.sub("", fold_text(text).replace("&", " and "))
    return _WORD.findall(folded)
