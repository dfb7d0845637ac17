"""The instruments that every site has: rows of them are made after each migrate (`songs.services.instruments`).

Their names are translated, and their other names (aliases) are understood wherever people type instruments. What the
German catalogue calls an instrument is understood as well and is not repeated here.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy


class Family(models.TextChoices):
    """Which instruments belong together. One whose slug is the family's name stands for all of its family."""

    VOICE = "voice", _("voice")
    GUITAR = "guitar", _("guitar")
    BASS = "bass", _("bass")
    DRUMS = "drums", _("drums")
    PERCUSSION = "percussion", _("percussion")
    KEYS = "keys", _("keys")
    SAX = "sax", _("saxophone")
    BRASS = "brass", _("brass")
    WOODWIND = "woodwind", _("woodwind")
    FREE_REED = "free-reed", _("accordion and harmonica")
    STRINGS = "strings", _("strings")
    PLUCKED = "plucked", _("plucked and steel")
    OTHER = "other", _("other")


class Transposition(models.TextChoices):
    """In which pitch the instrument's music is written: a B flat instrument reads D where the piano plays C."""

    CONCERT = "concert", _("concert pitch")
    B_FLAT = "b-flat", _("B flat")
    E_FLAT = "e-flat", _("E flat")
    F = "f", _("F")


@dataclass(frozen=True)
class ShippedInstrument:
    """`name` and `several` ("2 guitars") are in the reader's language."""

    slug: str
    family: Family
    name: Promise
    several: Promise
    aliases: tuple[str, ...] = ()
    transposition: Transposition = Transposition.CONCERT


SHIPPED = (
    ShippedInstrument(
        "vocals",
        Family.VOICE,
        _("vocals"),
        ngettext_lazy("%(n)d vocalist", "%(n)d vocalists", "n"),
        ("vocal", "vox", "voice", "voc", "singer", "singing", "lead vocals", "lead vocal", "lead singer", "sänger"),
    ),
    ShippedInstrument(
        "backing-vocals",
        Family.VOICE,
        _("backing vocals"),
        ngettext_lazy("%(n)d backing vocalist", "%(n)d backing vocalists", "n"),
        ("backing vocal", "background vocals", "backing singer", "backings", "bvs", "bv", "choir", "harmonies", "chor"),
    ),
    ShippedInstrument(
        "guitar",
        Family.GUITAR,
        _("guitar"),
        ngettext_lazy("%(n)d guitar", "%(n)d guitars", "n"),
        ("gtr", "guitarist", "rhythm guitar", "rhythmusgitarre", "gitarrist"),
    ),
    ShippedInstrument(
        "electric-guitar",
        Family.GUITAR,
        _("electric guitar"),
        ngettext_lazy("%(n)d electric guitar", "%(n)d electric guitars", "n"),
        ("e-guitar", "el guitar", "lead guitar", "leadgitarre", "elektrische gitarre"),
    ),
    ShippedInstrument(
        "acoustic-guitar",
        Family.GUITAR,
        _("acoustic guitar"),
        ngettext_lazy("%(n)d acoustic guitar", "%(n)d acoustic guitars", "n"),
        ("acoustic", "western guitar", "classical guitar", "nylon guitar", "a-gitarre", "westerngitarre"),
    ),
    ShippedInstrument(
        "bass", Family.BASS, _("bass"), ngettext_lazy("%(n)d bass", "%(n)d basses", "n"), ("bass player", "bassist")
    ),
    ShippedInstrument(
        "bass-guitar",
        Family.BASS,
        _("bass guitar"),
        ngettext_lazy("%(n)d bass guitar", "%(n)d bass guitars", "n"),
        ("electric bass", "e-bass", "fretless bass", "bassgitarre"),
    ),
    ShippedInstrument(
        "upright-bass",
        Family.BASS,
        _("upright bass"),
        ngettext_lazy("%(n)d upright bass", "%(n)d upright basses", "n"),
        ("double bass", "string bass", "contrabass", "acoustic bass", "upright"),
    ),
    ShippedInstrument(
        "drums",
        Family.DRUMS,
        _("drums"),
        ngettext_lazy("%(n)d drum kit", "%(n)d drum kits", "n"),
        ("drum", "drummer", "drum set", "drumset", "schlagzeuger"),
    ),
    ShippedInstrument(
        "percussion",
        Family.PERCUSSION,
        _("percussion"),
        ngettext_lazy("%(n)d percussion", "%(n)d percussions", "n"),
        ("perc", "percussionist", "congas", "bongos", "djembe", "tambourine", "shaker"),
    ),
    ShippedInstrument(
        "cajon", Family.PERCUSSION, _("cajón"), ngettext_lazy("%(n)d cajón", "%(n)d cajóns", "n"), ("cajones",)
    ),
    ShippedInstrument(
        "keys",
        Family.KEYS,
        _("keys"),
        ngettext_lazy("%(n)d keyboard", "%(n)d keyboards", "n"),
        ("key", "keyboarder", "synth", "synthesizer", "synthesiser", "tasten"),
    ),
    ShippedInstrument(
        "piano",
        Family.KEYS,
        _("piano"),
        ngettext_lazy("%(n)d piano", "%(n)d pianos", "n"),
        ("pianist", "grand piano", "flügel"),
    ),
    ShippedInstrument(
        "organ",
        Family.KEYS,
        _("organ"),
        ngettext_lazy("%(n)d organ", "%(n)d organs", "n"),
        ("hammond", "hammond organ", "hammondorgel"),
    ),
    ShippedInstrument(
        "accordion",
        Family.FREE_REED,
        _("accordion"),
        ngettext_lazy("%(n)d accordion", "%(n)d accordions", "n"),
        ("squeezebox", "melodeon", "quetschkommode"),
    ),
    ShippedInstrument(
        "sax",
        Family.SAX,
        _("sax"),
        ngettext_lazy("%(n)d sax", "%(n)d saxes", "n"),
        ("saxophone", "saxofon", "saxophonist"),
    ),
    ShippedInstrument(
        "soprano-sax",
        Family.SAX,
        _("soprano sax"),
        ngettext_lazy("%(n)d soprano sax", "%(n)d soprano saxes", "n"),
        ("soprano saxophone", "sopransaxophon", "sopransaxofon"),
        Transposition.B_FLAT,
    ),
    ShippedInstrument(
        "alto-sax",
        Family.SAX,
        _("alto sax"),
        ngettext_lazy("%(n)d alto sax", "%(n)d alto saxes", "n"),
        ("alto saxophone", "altsaxophon", "altsaxofon"),
        Transposition.E_FLAT,
    ),
    ShippedInstrument(
        "tenor-sax",
        Family.SAX,
        _("tenor sax"),
        ngettext_lazy("%(n)d tenor sax", "%(n)d tenor saxes", "n"),
        ("tenor saxophone", "tenorsaxophon", "tenorsaxofon"),
        Transposition.B_FLAT,
    ),
    ShippedInstrument(
        "baritone-sax",
        Family.SAX,
        _("baritone sax"),
        ngettext_lazy("%(n)d baritone sax", "%(n)d baritone saxes", "n"),
        ("bari sax", "baritone saxophone", "baritonsaxophon", "baritonsaxofon"),
        Transposition.E_FLAT,
    ),
    ShippedInstrument(
        "trumpet",
        Family.BRASS,
        _("trumpet"),
        ngettext_lazy("%(n)d trumpet", "%(n)d trumpets", "n"),
        ("trumpeter", "cornet", "flugelhorn", "flügelhorn", "kornett"),
        Transposition.B_FLAT,
    ),
    ShippedInstrument(
        "trombone",
        Family.BRASS,
        _("trombone"),
        ngettext_lazy("%(n)d trombone", "%(n)d trombones", "n"),
        ("trombonist", "bone"),
    ),
    ShippedInstrument(
        "clarinet",
        Family.WOODWIND,
        _("clarinet"),
        ngettext_lazy("%(n)d clarinet", "%(n)d clarinets", "n"),
        ("clarinettist",),
        Transposition.B_FLAT,
    ),
    ShippedInstrument(
        "flute",
        Family.WOODWIND,
        _("flute"),
        ngettext_lazy("%(n)d flute", "%(n)d flutes", "n"),
        ("flautist", "querflöte", "querfloete", "floete"),
    ),
    ShippedInstrument(
        "harmonica",
        Family.FREE_REED,
        _("harmonica"),
        ngettext_lazy("%(n)d harmonica", "%(n)d harmonicas", "n"),
        ("harp", "blues harp", "mouth organ", "bluesharp"),
    ),
    ShippedInstrument(
        "violin",
        Family.STRINGS,
        _("violin"),
        ngettext_lazy("%(n)d violin", "%(n)d violins", "n"),
        ("fiddle", "violinist", "fiddler", "violine", "fidel"),
    ),
    ShippedInstrument(
        "viola", Family.STRINGS, _("viola"), ngettext_lazy("%(n)d viola", "%(n)d violas", "n"), ("bratsche",)
    ),
    ShippedInstrument(
        "cello",
        Family.STRINGS,
        _("cello"),
        ngettext_lazy("%(n)d cello", "%(n)d cellos", "n"),
        ("violoncello", "cellist"),
    ),
    ShippedInstrument(
        "mandolin",
        Family.PLUCKED,
        _("mandolin"),
        ngettext_lazy("%(n)d mandolin", "%(n)d mandolins", "n"),
        ("mando",),
    ),
    ShippedInstrument("banjo", Family.PLUCKED, _("banjo"), ngettext_lazy("%(n)d banjo", "%(n)d banjos", "n")),
    ShippedInstrument(
        "ukulele", Family.PLUCKED, _("ukulele"), ngettext_lazy("%(n)d ukulele", "%(n)d ukuleles", "n"), ("uke",)
    ),
    ShippedInstrument(
        "pedal-steel",
        Family.PLUCKED,
        _("pedal steel"),
        ngettext_lazy("%(n)d pedal steel", "%(n)d pedal steels", "n"),
        ("pedal steel guitar", "steel guitar", "lap steel", "dobro"),
    ),
    ShippedInstrument(
        "dj", Family.OTHER, _("DJ"), ngettext_lazy("%(n)d DJ", "%(n)d DJs", "n"), ("turntables", "decks", "deejay")
    ),
    ShippedInstrument(
        "spoken-word",
        Family.OTHER,
        _("spoken word"),
        ngettext_lazy("%(n)d spoken word", "%(n)d spoken words", "n"),
        ("poetry", "poet", "poetry slam", "lesung"),
    ),
    ShippedInstrument("other", Family.OTHER, _("other"), ngettext_lazy("%(n)d other", "%(n)d others", "n")),
)


class InstrumentSet(models.TextChoices):
    """Which instruments the forms of a jam offer first; the others are behind "More instruments"."""

    ROCK = "rock", _("rock")
    BLUES = "blues", _("blues")
    JAZZ = "jazz", _("jazz")
    FOLK = "folk", _("folk")
    OPEN_MIC = "open-mic", _("open mic")
    ALL = "all", _("all")


INSTRUMENT_SETS: dict[str, tuple[str, ...]] = {
    InstrumentSet.ROCK: ("vocals", "guitar", "bass", "drums", "keys"),
    InstrumentSet.BLUES: ("vocals", "guitar", "bass", "drums", "keys", "sax", "harmonica"),
    InstrumentSet.JAZZ: ("vocals", "guitar", "upright-bass", "drums", "piano", "sax", "trumpet", "trombone"),
    InstrumentSet.FOLK: (
        *("vocals", "acoustic-guitar", "upright-bass", "accordion", "flute", "harmonica"),
        *("violin", "mandolin", "banjo"),
    ),
    InstrumentSet.OPEN_MIC: ("vocals", "acoustic-guitar", "cajon", "piano", "ukulele", "spoken-word"),
    InstrumentSet.ALL: (),
}
