"""Reading a cell of a song list as people and other programs write it: keys in several languages, tempos, encodings."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.text import clean_text, fold_text

ENCODINGS = {  # the first that can be decoded and looks best is proposed
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "iso8859_15": "ISO-8859-15",
    "koi8_r": "KOI8-R",
    "shift_jis": "Shift JIS",
    "euc_kr": "EUC-KR",
    "gb18030": "GB 18030",
    "big5": "Big5",
}
SEARCHED_FOR_ZEROS, MANY_ZEROS, FEW_ZEROS = 2_000, 0.6, 0.05  # bytes of a file, and shares of them
_LINE_END = re.compile("\r\n|\r|\n")
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_USUAL_SIGNS = frozenset(
    "äöüÄÖÜßéèêëàâáãåæçñíìîïóòôõøœúùûýÿÉÈÊÀÁÅÆÇÑÍÓØŒÚ\u2018\u2019\u201c\u201d\u201e\u2013\u2014\u2026\u20ac\xab\xbb\xa0°"
)

_SOLFEGE = {"do": "C", "re": "D", "mi": "E", "fa": "F", "sol": "G", "la": "A", "si": "B"}
_GERMAN = {"cis": "C#", "dis": "D#", "eis": "F", "fis": "F#", "gis": "G#", "ais": "A#", "his": "C", "h": "B"} | {
    "ces": "B", "des": "Db", "es": "Eb", "fes": "E", "ges": "Gb", "as": "Ab",
}  # fmt: skip
_PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_CAMELOT_MINOR = ("Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m")
_CAMELOT_MAJOR = ("B", "F#", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E")
_CAMELOT = re.compile(r"(1[0-2]|0?[1-9])([ab])")
_NOTE = "|".join([*_SOLFEGE, *(name for name in _GERMAN if len(name) > 1), "[a-h]"])
_OPEN_KEY = re.compile(r"(1[0-2]|0?[1-9])([md])")  # Traktor's: 1m is Camelot's 8A
_REMARK = re.compile(r"^(?:in|key of) |\s*\([^()]*\)$")
_UNKNOWN = frozenset({"-", "--", "?", "??", "n/a", "na", "none", "null", "unknown", "unbekannt"})
_KEY = re.compile(
    rf"(?P<note>{_NOTE})\s*-?\s*(?P<sign>#|b|sharp|flat|diese|bemol(?:le)?|sostenuto|sostenido|diesis)?"
    r"\s*-?\s*(?P<mode>m|mi|min|minor|moll|mineur|menor|minore|maj|major|dur|majeur|mayor|maior|maggiore|magg)?"
)
_MINOR = frozenset({"m", "mi", "min", "minor", "moll", "mineur", "menor", "minore"})
_TEMPO = re.compile(
    r"(?:bpm|ca\.?|circa|~|\u2248|\u2669|=|:|\s)*(\d{1,4})(?:[.,](\d{1,9}))?\s*(?:bpm|b\.p\.m\.)?", re.IGNORECASE
)
MILLISECONDS = 10_000  # from here on a number means these: nothing takes three hours
_NUMBER = re.compile(r"(\d{1,8})(?:[.,](\d{1,9}))?")
_CLOCK = re.compile(r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,3}):(?P<s>[0-5]\d)(?:[.,]\d{1,9})?")
_UNITS = re.compile(
    r"(?:pt)?(?=\d)(?:(?P<h>\d{1,2})\s*(?:h|hours?|std\.?)\s*)?(?:(?P<m>\d{1,3})\s*(?:m|min|mins|minutes?|minuten)\.?\s*)?"
    r"(?:(?P<s>\d{1,4})(?:[.,]\d{1,9})?\s*(?:s|sec|secs|seconds?|sek|sekunden)\.?)?"
)
_MARKS = re.compile(r"(?P<h>)(?P<m>\d{1,3})'\s*(?P<s>[0-5]?\d)(?:\"|'')?")
_GENRES = re.compile(r"\s*[,;/|]\s*")
MAX_GENRE = 60  # characters


def parse_key(text: str) -> str:
    """Return a key as Jamsite writes it ("Am", "F#", "Bb"), for every usual spelling; another text as it is."""
    folded = fold_text(text.replace("\u266d", "b").replace("\u266e", "")).strip(" .")
    if folded in _UNKNOWN:
        return ""
    folded = _REMARK.sub("", folded)
    if camelot := _CAMELOT.fullmatch(folded):
        return (_CAMELOT_MINOR if camelot[2] == "a" else _CAMELOT_MAJOR)[int(camelot[1]) - 1]
    if open_key := _OPEN_KEY.fullmatch(folded):
        return (_CAMELOT_MINOR if open_key[2] == "m" else _CAMELOT_MAJOR)[(int(open_key[1]) + 6) % 12]
    found = _KEY.fullmatch(folded)
    if not found:
        return clean_text(text)
    name, sign, mode = found["note"], found["sign"] or "", found["mode"] or ""
    note = _SOLFEGE.get(name) or _GERMAN.get(name) or name.upper()
    if name == "b" and not sign and mode in ("dur", "moll"):
        note = "Bb"  # German for B flat
    accidental = "" if not sign else "b" if sign in ("b", "flat", "bemol", "bemolle") else "#"
    is_minor = mode in _MINOR or (not mode and text.strip()[:1].islower() and folded in _GERMAN and len(folded) > 1)
    return f"{note}{accidental}{'m' if is_minor else ''}"


def name_pitch(pitch: str, mode: str) -> str:
    """Return the key that Spotify's tables hold as a number from 0 (C) to 11 and a mode: 1 major, 0 minor; else ""."""
    if not (pitch.isdecimal() and int(pitch) < len(_PITCHES)):
        return ""
    return _PITCHES[int(pitch)] + ("m" if mode == "0" else "")


def parse_tempo(text: str) -> int | None:
    """Return a tempo such as "120", "120.0" or "119,6 BPM" as a whole number, None for "0" or "-".

    Raises ValidationError.
    """
    if fold_text(text) in _UNKNOWN:
        return None
    found = _TEMPO.fullmatch(text.strip())
    if not found:
        raise ValidationError(_("“%(value)s” is not a number of beats per minute."), params={"value": text[:40]})
    return round(float(f"{found[1]}.{found[2] or 0}")) or None


def parse_duration(text: str) -> str:
    """Return a duration as minutes and seconds: "3:45" for "00:03:45", "3m 45s", "PT3M45S", "225" and "225000".

    A number alone means seconds, a large one milliseconds, as Spotify's. Raises ValidationError.
    """
    folded = fold_text(text)
    if folded in _UNKNOWN:
        return ""
    if number := _NUMBER.fullmatch(folded):
        seconds = float(f"{number[1]}.{number[2] or 0}")
        seconds = round(seconds / 1000 if seconds >= MILLISECONDS else seconds)
    elif found := _CLOCK.fullmatch(folded) or _UNITS.fullmatch(folded) or _MARKS.fullmatch(folded):
        hours, minutes, rest = (int(found[name] or 0) for name in ("h", "m", "s"))
        seconds = 3600 * hours + 60 * minutes + rest
    else:
        raise ValidationError(_("“%(value)s” is not a duration. Write it like 3:45."), params={"value": text[:40]})
    return f"{seconds // 60}:{seconds % 60:02}" if seconds else ""


def parse_genre(text: str) -> str:
    """Return a genre; of a long list, as Spotify has them, the first ones that fit."""
    text = clean_text(text)
    if len(text) <= MAX_GENRE:
        return text
    genres = _GENRES.split(text)[:MAX_GENRE]
    fit = [", ".join(genres[:count]) for count in range(1, len(genres) + 1)]
    return next((some for some in reversed(fit) if len(some) <= MAX_GENRE), text)


def guess_encoding(content: bytes) -> str:
    """Return the likeliest encoding of a file: by its mark, else UTF-8 if it is that, else by its letters."""
    for mark, name in _BOMS.items():
        if content.startswith(mark):
            return name
    if _find_byte_order(content):
        return "utf-16"
    if decode(content, "utf-8") is not None:
        return "utf-8"
    ranked = [
        (_score_text(text), name) for name in ("cp1252", "mac_roman") if (text := decode(content, name)) is not None
    ]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else "cp1252"


def decode(content: bytes, encoding: str) -> str | None:
    """Return the text of a file, None if it is not in this encoding."""
    name = {"utf-8": "utf-8-sig", "utf-16": _find_byte_order(content) or "utf-16"}.get(encoding, encoding)
    try:
        return content.decode(name)
    except UnicodeDecodeError:
        return None


def _find_byte_order(content: bytes) -> str:
    """Return the kind of UTF-16 of a file without a mark, "" if it is none: every other byte of Latin text is zero."""
    start = content[:SEARCHED_FOR_ZEROS]
    pairs = len(start) // 2
    if not pairs or len(content) % 2 or content.startswith(tuple(_BOMS)):
        return ""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) < pairs * MANY_ZEROS or min(even, odd) > pairs * FEW_ZEROS:
        return ""
    return "utf-16-be" if even > odd else "utf-16-le"


def split_lines(text: str) -> list[str]:
    """Return the lines of a table; signs that Python counts as line ends, too, stay inside a cell."""
    return _LINE_END.split(text)


def _score_text(text: str) -> int:
    return sum(1 if char in _USUAL_SIGNS else -1 for char in text if not char.isascii())
