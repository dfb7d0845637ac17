"""Cleaning and comparing text that people type.

Texts are compared on four levels, each made of the one before:

`clean_text`   what is stored and shown
`fold_text`    one spelling: without case and accents, with one kind of apostrophe, dash and quotation mark
`list_words`   the words alone: "Don't Stop" is "dont", "stop", and "R.E.M. & Co." is "rem", "and", "co"
`fold_name`    the name of a song or band: without guests, and "Keelers, The" is "keelers"

`split_words` cuts the words into pieces that a search index can find.
"""

import re
import unicodedata
from itertools import groupby

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

# One sign for each kind of apostrophe, dash and quotation mark. Some of them would normalise to a blank and an accent.
_SIGNS = str.maketrans(
    dict.fromkeys(
        "\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u055a\u05f3\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\ua78c\uff07\uff40",
        "'",
    )
    | dict.fromkeys("\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d", "-")
    | dict.fromkeys("\u00ab\u00bb\u05f4\u201c\u201d\u201e\u201f\u2033\u301d\u301e\u301f\uff02", '"')
    | {"\u266f": "#", "\u2044": "/", "\u2215": "/"}
)
_ZEROS = (0x660, 0x6F0, 0x966, 0x9E6, 0xE50)  # the first digits of Arabic, Persian, Devanagari, Bengali and Thai
# Letters that Unicode does not decompose, although a keyboard without them types others.
_LETTERS = str.maketrans(
    {
        "\u00e6": "ae",
        "\u0153": "oe",
        "\u00df": "ss",
        "\u00fe": "th",
        "\u00f0": "d",
        "\u0111": "d",
        "\u0256": "d",
        "\u0257": "d",
    }
    | {
        "\u00f8": "o",
        "\u0142": "l",
        "\u0131": "i",
        "\u0127": "h",
        "\u0167": "t",
        "\u014b": "n",
        "\u0138": "k",
        "\u0192": "f",
    }
    | {"\u0253": "b", "\u0180": "b", "\u0268": "i", "\u01b6": "z", "\u026b": "l", "\u0259": "e", "\u01dd": "e"}
    | {"\u025b": "e", "\u0254": "o", "\u0199": "k", "\u01b4": "y", "\u01e5": "g", "\u0272": "n"}
    # Arabic: keyboards of Persian and Urdu, an alef with its own sign, endings that are written in two ways, and the
    # stroke that only makes a word longer.
    | {"\u06a9": "\u0643", "\u06cc": "\u064a", "\u0649": "\u064a", "\u0629": "\u0647", "\u0671": "\u0627", "\u0640": ""}
    | {chr(zero + digit): str(digit) for zero in _ZEROS for digit in range(10)}
)
_TWO_SARA_E, _SARA_AE = "\u0e40\u0e40", "\u0e41"  # look the same in Thai
# Accents are written over letters of these scripts. Other marks, such as vowels of Thai, make another word.
_ACCENT = re.compile(
    "(?:[\u0300-\u0337\u0339-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]|(?<![!-/:-@~\u2190-\u22ff])\u0338)+"
)  # a stroke through a sign makes another sign
# Thai to Myanmar, Khmer, Chinese, Japanese and Korean, whose words are not, or not always, separated.
_UNSPACED = (
    "\u0e00-\u11ff\u1780-\u17ff\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")
_GAP = re.compile(f"(?<=[{_UNSPACED}])[ \u3000]+(?=[{_UNSPACED}])")
_BY_SCRIPT = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")

# Word processors paste a vertical tab for a line that ends within a paragraph.
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")

_LETTER = r"[^\W\d_]"
_INITIALS = re.compile(rf"(?<!\w)(?:(?:{_LETTER}\.\s?)+{_LETTER}\.|(?:{_LETTER}\.)+{_LETTER})(?!\w)")  # R.E.M., B. B.
_DOT = re.compile(r"[.\s]")
_SPELT_OUT = (
    (re.compile(r"(?<=\w)'n'(?=\w)|(?<=\brock)\W?n\W?(?=roll)"), " and "),  # Rock'n'Roll
    (re.compile(r"(?<=\b[a-g])\u266d(?!\w)"), "b"),
    (re.compile(r"(?<=l)\u00b7(?=l)"), ""),  # Catalan
    (re.compile(r"(?<=\w)[\u00a9\u00ae]"), ""),
    (re.compile(r"(?<=[a-z])!(?=[a-z])"), "i"),  # P!nk
    (re.compile(r"\$(?=[a-z])|(?<=[a-z])\$"), "s"),  # Ke$ha
    (re.compile(r"(?<=\b[a-g])#(?!\w)"), " sharp"),
    (re.compile(r"&|(?<=[a-z]) \+ (?=[a-z])"), " and "),
    (re.compile(r"'+"), ""),
    (re.compile(r"(?<=\w)(\W+)n(?=\W+\w)"), r"\1and"),  # Rock 'n' Roll
)
_SEPARATING_SYMBOLS = "|~<>^`"
_ASCII_WORD = re.compile(r"[a-z0-9]+|[+=$]+")
_SIGN_MARK = "q"
_MAX_SIGNS = 40  # of a name that has nothing else
_SIGN_WORD = re.compile(r"q(?:[0-9a-f]+x)+")

_GUESTS = re.compile(
    r"\s*[(\[](?:feat|ft|featuring)\b[^)\]]*[)\]]"
    r"|(?<=\S)\s+(?:(?:feat\.|featuring\b|feat\s(?!of\b))|(?<!\d\s)(?:ft\.|ft\s))\s*[^\s(\[][^(\[]*"  # "5 ft. 2"
)
_ARTICLE_BEHIND = re.compile(r"(.+),\s*(the|an?|der|die|das|les?|la|las|los|el|il|lo|gli)|(.+)\s\((the)\)")
_LETTER_ANYWHERE = re.compile(_LETTER)
_BLANK_BESIDE_SIGN = re.compile(r"(?<=[^\w\s])\s+(?=\d)|(?<=\d)\s+(?=[^\w\s])")


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


def clean_lines(text: str) -> str:
    """Return `text` on as many lines as it has, each of them as `clean_text` returns it; MAX_CHARACTERS at most."""
    lines = _LINE_END.split(text[:MAX_CHARACTERS])
    return "\n".join(map(clean_text, lines)).strip("\n")


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
    """Return `text` in the one spelling that all its spellings share: case, accents and kinds of signs are ignored."""
    compatible = unicodedata.normalize("NFKD", _IGNORABLE.sub("", clean_text(text).translate(_SIGNS))).casefold()
    letters = _ACCENT.sub("", unicodedata.normalize("NFKD", compatible)).translate(_LETTERS).translate(_SIGNS)
    return clean_text(letters.replace(_TWO_SARA_E, _SARA_AE))


def fold_lookalikes(text: str) -> str:
    """Return a form that is the same for texts that look the same, such as "Sam" with a Cyrillic letter.

    It is the skeleton of Unicode's UTS #39 without accents, and nearly without case: letters that differ only by case
    are equal if they look so ("I" is "l" here, and not "i"). So two names are alike if this or `fold_text` is equal.
    """
    looks = _remove_accents(_IGNORABLE.sub("", clean_text(text))).translate(LOOKALIKES)
    return _remove_accents(looks.casefold()).translate(LOOKALIKES)


def _remove_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def list_words(text: str) -> list[str]:
    """Return the words of `text` in one spelling, without the signs between them.

    Apostrophes and the dots of initials do not split a word ("dont", "rem"); "&" is the word "and". Symbols and emoji
    are words of their own. If there are neither letters nor digits, the signs are the words: "???" is a name, too.
    """
    return _list_words(fold_text(text))


def _list_words(folded: str) -> list[str]:
    if not any(map(str.isalnum, folded)):
        return folded.split()
    folded = _INITIALS.sub(lambda initials: _DOT.sub("", initials[0]), folded)
    for pattern, letters in _SPELT_OUT:
        folded = pattern.sub(letters, folded)
    if folded.isascii():
        return _ASCII_WORD.findall(folded)
    return ["".join(chars) for kind, chars in groupby(folded, _find_kind) if kind]


def _find_kind(char: str) -> str:
    """Return "word" for what words are made of, "symbol" for a symbol with a meaning, and "" for other signs."""
    category = unicodedata.category(char)
    if char.isalnum() or category[0] == "M":
        return "word"
    if category[0] == "S":
        return "" if char in _SEPARATING_SYMBOLS else "symbol"
    return "symbol" if category in _UNASSIGNED_CATEGORIES else ""


def fold_name(text: str) -> str:
    """Return what all spellings of the name of a song or a band share; different names differ.

    Guests ("feat. Nora") and the article "the" in front do not count, nor do signs between words.
    """
    folded = fold_text(text)
    folded = _GUESTS.sub(" ", folded).strip() or folded
    if behind := _ARTICLE_BEHIND.fullmatch(folded):
        folded = f"{behind[2] or behind[4]} {behind[1] or behind[3]}"
    if not _LETTER_ANYWHERE.search(folded):  # "-1" is not "1", and "<3" is not "3"
        return _BLANK_BESIDE_SIGN.sub("", folded)
    words = _list_words(_GAP.sub("", folded))
    return " ".join(words[1:] if words[:1] == ["the"] and words[1:] not in ([], ["the"]) else words)


def split_words(text: str, *, join_unspaced: bool = False) -> list[str]:
    """Return the words of `text` as a search index keeps them: of letters and digits only, found by their beginnings.

    A word of signs, or of a script that does not separate words, is cut into overlapping pairs and its end, so that
    each part of it is found. Signs are spelt as letters, which `is_sign_word` tells from a real word. What an index
    keeps is split with `join_unspaced`, so that it is found with and without the blanks between such words.
    """
    text = _GAP.sub("", text) if join_unspaced else text
    pieces: list[str] = []
    for word in list_words(text):
        if word.isascii() and word.isalnum():
            pieces.append(word)
        elif any(map(str.isalnum, word)):
            for part in _BY_SCRIPT.findall("".join(filter(str.isalnum, word))):
                pieces += _cut_in_pairs(part) if _UNSPACED_LETTER.match(part) else [part]
        else:
            pieces += map(_spell_signs, _cut_in_pairs(word[:_MAX_SIGNS]))
    return pieces


def _cut_in_pairs(word: str) -> list[str]:
    return [word[at : at + 2] for at in range(len(word))]


def _spell_signs(signs: str) -> str:
    return _SIGN_MARK + "".join(f"{ord(sign):x}x" for sign in signs)


def is_sign_word(word: str) -> bool:
    """Whether a word of `split_words` stands for signs."""
    return _SIGN_WORD.fullmatch(word) is not None


def is_unspaced(word: str) -> bool:
    """Whether a word of `split_words` is a piece of text in which words are not separated."""
    return _UNSPACED_LETTER.match(word) is not None
