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
}
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
_KEY = re.compile(
    rf"(?P<note>{_NOTE})\s*-?\s*(?P<sign>#|b|sharp|flat|diese|bemol(?:le)?|sostenuto|sostenido|diesis)?"
    r"\s*-?\s*(?P<mode>m|mi|min|minor|moll|mineur|menor|minore|maj|major|dur|majeur|mayor|maggiore|magg)?"
)
_MINOR = frozenset({"m", "mi", "min", "minor", "moll", "mineur", "menor", "minore"})
_TEMPO = re.compile(r"(\d{1,4})(?:[.,](\d+))?\s*(?:bpm)?", re.IGNORECASE)


def parse_key(text: str) -> str:
    """Return a key as Jamsite writes it ("Am", "F#", "Bb"), for every usual spelling; another text as it is."""
    folded = fold_text(text.replace("\u266d", "b")).strip(" .")
    if camelot := _CAMELOT.fullmatch(folded):
        return (_CAMELOT_MINOR if camelot[2] == "a" else _CAMELOT_MAJOR)[int(camelot[1]) - 1]
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


def parse_tempo(text: str) -> int:
    """Return a tempo such as "120", "120.0" or "119,6 BPM" as a whole number. Raises ValidationError."""
    found = _TEMPO.fullmatch(text.strip())
    if not found:
        raise ValidationError(_("“%(value)s” is not a number of beats per minute."), params={"value": text[:40]})
    return round(float(f"{found[1]}.{found[2] or 0}"))


def guess_encoding(content: bytes) -> str:
    """Return the likeliest encoding of a file: by its mark, else UTF-8 if it is that, else by its letters."""
    for mark, name in _BOMS.items():
        if content.startswith(mark):
            return name
    if decode(content, "utf-8") is not None:
        return "utf-8"
    ranked = [
        (_score_text(text), name) for name in ("cp1252", "mac_roman") if (text := decode(content, name)) is not None
    ]
    return max(ranked, key=lambda pair: pair[0])[1] if ranked else "cp1252"


def decode(content: bytes, encoding: str) -> str | None:
    """Return the text of a file, None if it is not in this encoding."""
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        return None


def split_lines(text: str) -> list[str]:
    """Return the lines of a table; signs that Python counts as line ends, too, stay inside a cell."""
    return _LINE_END.split(text)


def _score_text(text: str) -> int:
    return sum(1 if char in _USUAL_SIGNS else -1 for char in text if not char.isascii())
