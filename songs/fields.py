"""The one list of a song's public fields. All that reads, writes or shows songs takes its fields from here.

Import and export (`songs.services.imports`), the exported tables, the API, the admin, search and the pages follow it;
what a field is called, its type and its limits are in `songs.models.Song`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from songs import cells, parts


@dataclass(frozen=True)
class SongField:
    """One field, and where it appears. In the exported table every field is a column under its name."""

    name: str
    editable: bool = True  # in the admin
    importable: bool = True  # a CSV file and the API may set it; an import merges it into a song that is there already
    identifies: bool = False  # required, and never merged by an import: another value means another song
    searched: bool = False  # the first of them counts most
    csv_aliases: tuple[str, ...] = ()  # more headers under which an import finds it
    example: str = ""  # its cell in the sample file on the import page, and in tests
    in_admin_list: bool = True
    api: Literal["list", "detail", "write only", "no"] = "list"  # where the API shows it
    fact: str | Promise = ""  # how the song's page words it; without one it has no place among the facts
    in_library: bool = False  # its fact is a column of the library's table
    parse: Callable[[str], Any] = str  # a cell to a value; raises ValidationError
    format: Callable[[Any], Any] = lambda value: value  # a value to a cell

    def cell(self, song: Any) -> Any:
        return self.format(getattr(song, self.name))


SONG_FIELDS = (
    SongField(
        "title",
        identifies=True,
        searched=True,
        csv_aliases=(
            *("song", "song title", "song name", "track", "track name", "track title", "titel", "songtitel", "lied"),
            *("liedtitel", "stuck", "titre", "chanson", "morceau", "titulo", "cancion", "tema", "titolo", "brano"),
            *("songtitle", "songname", "trackname", "tracktitle", "song track", "title song"),
            *("liedname", "name des liedes", "name des songs", "musiktitel", "musikstuck", "titel name", "stucktitel"),
            *("titre de la chanson", "nom de la chanson", "titre du morceau", "nom du morceau", "titre chanson"),
            *("titulo de la cancion", "nombre de la cancion", "nombre cancion", "titulo cancion"),
        ),
        example="Purple Rain",
    ),
    SongField(
        "artist",
        identifies=True,
        searched=True,
        csv_aliases=(
            *("artists", "artist(s)", "artist name", "artist name(s)", "band", "performer", "interpret", "interpreten"),
            *("kunstler", "kunstler/in", "artiste", "artistes", "interprete", "groupe", "artista", "cantante", "grupo"),
            *("artistname", "artist names", "band artist", "artist band", "original artist", "singer"),
            *(
                "kunstlername",
                "kunstlerin",
                "kunstler(in)",
                "kunstler*in",
                "interpretin",
                "interpret/in",
                "interpret(in)",
            ),
            *("gruppe", "sanger", "sangerin", "sanger/in", "musiker", "bandname", "name der band"),
            *("interpretes", "chanteur", "chanteuse", "nom de l'artiste", "artiste(s)", "musicien"),
            *("artistas", "artista(s)", "banda", "nombre del artista", "interpretes", "conjunto", "cantautor"),
        ),
        example="Prince",
    ),
    SongField(
        "key",
        csv_aliases=(
            *(
                "musical key",
                "key signature",
                "song key",
                "camelot",
                "camelot key",
                "open key",
                "initial key",
                "tonart",
            ),
            *("originaltonart", "tonalite", "ton", "cle", "tonalidad", "tono", "clave", "tonalita"),
        ),
        parse=cells.parse_key,
        example="Bb",
        fact="%(key)s",
        in_library=True,
    ),
    SongField(
        "tempo",
        csv_aliases=("bpm", "tempo (bpm)", "beats per minute", "schlage pro minute", "geschwindigkeit", "ritmo"),
        parse=cells.parse_tempo,
        example="113",
        fact=_("%(tempo)s BPM"),
        in_library=True,
    ),
    SongField(
        "duration",
        csv_aliases=(
            *("length", "time", "track length", "song length", "duration (ms)", "track duration (ms)", "running time"),
            *("dauer", "lange", "spieldauer", "spielzeit", "laufzeit", "zeit", "duree", "longueur", "temps", "durata"),
            *("duracion", "tiempo", "duracao"),
        ),
        parse=cells.parse_duration,
        example="8:41",
        in_admin_list=False,
        api="detail",
        fact="%(duration)s",
    ),
    SongField(
        "genre",
        searched=True,
        csv_aliases=(
            "genres",
            "artist genres",
            "stil",
            "style",
            "styles",
            "musikrichtung",
            "genero",
            "generos",
            "theme",
        ),
        parse=cells.parse_genre,
        example="pop",
        fact="%(genre)s",
    ),
    SongField(
        "parts",
        example="vocals, 2 guitars, bass, drums, keys?",
        in_admin_list=False,
        api="detail",
        parse=parts.parse_parts,
        format=parts.format_parts,
    ),
    SongField(
        "chord_url",
        csv_aliases=("chord link",),
        example="https://example.com/purple-rain",
        in_admin_list=False,
        api="write only",
    ),
    SongField("times_played", editable=False, importable=False),
    SongField("last_played_at", editable=False, importable=False, api="detail"),
    SongField("archived", importable=False, api="detail"),
    SongField("created_at", editable=False, importable=False, in_admin_list=False, api="no"),
)
IMPORTABLE = {field.name: field for field in SONG_FIELDS if field.importable}
SEARCHED = tuple(field.name for field in SONG_FIELDS if field.searched)
