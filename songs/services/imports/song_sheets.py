"""Files with the words and chords of songs: what they say in their head is a list of songs like any other.

ChordPro and UltraStar files may hold several songs one after the other; an OpenSong file holds one. UltraStar's BPM is
the grid of its notes, a multiple of the tempo, and is left out.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

from django.core.exceptions import ValidationError

from core.spreadsheets import escape_formula
from songs.cells import parse_duration, parse_genre, parse_key, parse_tempo

MAX_KEY, MAX_DURATION, TEMPOS = 12, 6, range(20, 401)  # as songs.models.Song has them
type Facts = dict[str, str]  # by the name of the field

FIELDS = ("title", "artist", "key", "tempo", "duration", "genre")
_CHORDPRO = re.compile(r"\{\s*+(?:meta(?=[\s:])[\s:]*+)?(\w++)\s*+:?([^{}]*+)\}", re.IGNORECASE)
_NO_SONG_XML = re.compile(r"<!(?!--|\[CDATA\[)")  # what declares entities
_CHORDPRO_FIELDS = {
    "title": "title",
    "t": "title",
    "artist": "artist",
    "key": "key",
    "tempo": "tempo",
    "duration": "duration",
    "genre": "genre",
    "subtitle": "subtitle",
    "st": "subtitle",
}
_ULTRASTAR = re.compile(r"#(TITLE|ARTIST|GENRE)\s*:(.*)", re.IGNORECASE)
_DECLARATION = re.compile(r"\A\ufeff?\s*<\?xml[^>]*\?>")
_OPENSONG_FIELDS = {"title": "title", "author": "artist", "key": "key", "tempo": "tempo", "theme": "genre"}


def convert_song_sheets(text: str) -> str | None:
    """Return a list of songs as CSV for a ChordPro, UltraStar or OpenSong file; None for another file."""
    for read in (_read_opensong, _read_ultrastar, _read_chordpro):
        songs = [song for song in read(text) if song.get("title")]
        if songs:
            return _write_table(songs)
    return None


def _write_table(songs: list[Facts]) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(FIELDS)
    writer.writerows([escape_formula(song.get(name, "").strip()) for name in FIELDS] for song in map(_leave_out, songs))
    return file.getvalue()


def _leave_out(song: Facts) -> Facts:
    """Return `song` without what it says in words of its own, such as "Moderate": they are no reason to refuse it."""
    kept = {**song, "genre": parse_genre(song.get("genre", ""))}
    for name, fits in _FITS.items():
        try:
            known = fits(kept.get(name, ""))
        except ValidationError:
            known = False
        if not known:
            kept[name] = ""
    return kept


_FITS: dict[str, Callable[[str], bool]] = {
    "key": lambda text: len(parse_key(text)) <= MAX_KEY,
    "tempo": lambda text: parse_tempo(text) in TEMPOS,
    "duration": lambda text: len(parse_duration(text)) <= MAX_DURATION,
}


def _read_chordpro(text: str) -> Iterator[Facts]:
    """Yield the songs of a ChordPro file; without an artist, the subtitle is who plays it."""
    song: Facts = {}
    for line in text.splitlines():
        if line.startswith("#"):  # a comment
            continue
        for found in _CHORDPRO.finditer(line):
            name, value = found[1].lower(), found[2].strip()
            if name in ("new_song", "ns"):
                yield _name_artist(song)
                song = {}
            elif name in _CHORDPRO_FIELDS:
                song.setdefault(_CHORDPRO_FIELDS[name], value)
    yield _name_artist(song)


def _name_artist(song: Facts) -> Facts:
    return {"artist": song.get("subtitle", ""), **song}


def _read_ultrastar(text: str) -> Iterator[Facts]:
    """Yield the songs of an UltraStar file; a head that says something again belongs to the next song."""
    song: Facts = {}
    for line in text.splitlines():
        found = _ULTRASTAR.fullmatch(line.strip())
        if not found:
            continue
        name = found[1].lower()
        if name in song:
            yield song
            song = {}
        song[name] = found[2]
    yield song


def _read_opensong(text: str) -> Iterator[Facts]:
    """Yield the song of an OpenSong file. One that declares entities is none: they can grow without bounds."""
    if not text.lstrip("\ufeff \r\n").startswith(("<?xml", "<song")) or _NO_SONG_XML.search(text):
        return
    try:
        root = ElementTree.fromstring(_DECLARATION.sub("", text))  # noqa: S314  (without entities, nothing can grow)
    except ElementTree.ParseError:
        return
    if root.tag == "song":
        yield {field: root.findtext(tag, "") for tag, field in _OPENSONG_FIELDS.items()}
