"""The catalogue of instruments, kept in memory: what each is called, how people write it, and what it can stand in for.

In the rest of the code an instrument is its slug, a string. The rows are `songs.models.Instrument`; a process reads
them once, again after a change of its own, and for changes of others every KEPT_SECONDS, so that pages cost no query.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import override

from core.text import clean_text, fold_text
from songs.shipped_instruments import SHIPPED, Family, ShippedInstrument, Transposition

logger = logging.getLogger(__name__)

OTHER = "other"
GENERAL = ("vocals", "guitar", "bass", "drums", "keys", OTHER)  # the six parts that version 1 of the API knows
KEPT_SECONDS = 30.0  # until changes by other processes are seen

_SHIPPED = {shipped.slug: shipped for shipped in SHIPPED}
_PLURAL_ENDINGS = ("s", "es", "n", "en")


@dataclass(frozen=True)
class KnownInstrument:
    """One instrument. `name` and `several` ("2 guitars") are in the reader's language if the project ships it."""

    slug: str
    name: str | Promise
    family: str
    transposition: str = Transposition.CONCERT
    several: Promise | None = None
    aliases: tuple[str, ...] = ()
    is_active: bool = True

    @property
    def is_general(self) -> bool:
        """Whether it stands for its whole family, as "guitar" for every kind of guitar."""
        return self.slug == self.family

    def describe(self, count: int = 1) -> str:
        """Return how many of it somebody looks for: "bass", "2 guitars"."""
        if count == 1:
            return str(self.name)
        return str(self.several % {"n": count}) if self.several else f"{count} {self.name}"

    @property
    def part(self) -> str:
        """The nearest of the six parts of GENERAL: itself, that of its family, or "other"."""
        return next((part for part in (self.slug, self.family) if part in GENERAL), OTHER)


class Catalogue:
    """All instruments, in their order; those that are no longer offered are among them."""

    def __init__(self, instruments: Iterable[KnownInstrument]) -> None:
        self.by_slug = {instrument.slug: instrument for instrument in instruments}
        self.order = {slug: place for place, slug in enumerate(self.by_slug)}
        self._by_word: dict[str, str] = {}
        for spell in (_spell_slug, _spell_names, _spell_aliases):  # a name counts more than another's alias
            for instrument in self.by_slug.values():
                for word in spell(instrument):
                    self._by_word.setdefault(_fold(word), instrument.slug)

    def __contains__(self, slug: object) -> bool:
        return isinstance(slug, str) and slug in self.by_slug

    @property
    def active(self) -> list[KnownInstrument]:
        return [instrument for instrument in self.by_slug.values() if instrument.is_active]

    def get(self, slug: str) -> KnownInstrument:
        """Return the instrument; one that is unknown is called by its slug."""
        return self.by_slug.get(slug) or build_known(slug, slug.replace("-", " "), Family.OTHER)

    def find(self, words: str) -> str | None:
        """Return the slug of the instrument that people call `words`, in the singular or the plural, if there is one.

        Case, accents and hyphens are ignored; names in every language of the site and aliases are understood.
        """
        key = _fold(words)
        singulars = (key.removesuffix(ending) for ending in _PLURAL_ENDINGS if key.endswith(ending))
        return next((self._by_word[word] for word in (key, *singulars) if word in self._by_word), None)


class CatalogueStore:
    """The catalogue of this process."""

    def __init__(self, load: Callable[[], Catalogue], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._load, self._clock = load, clock
        self._kept: Catalogue | None = None
        self._good_until = 0.0

    def get(self) -> Catalogue:
        """Return the catalogue; while the database is away, the one that was read last."""
        if self._kept is None or self._clock() >= self._good_until:
            try:
                self._kept = self._load()
            except DatabaseError:
                if self._kept is None:
                    raise
                logger.warning("The instruments could not be read again; the ones read before are used.")
            self._good_until = self._clock() + KEPT_SECONDS
        return self._kept

    def forget(self) -> None:
        """Read the rows again at the next use, because one of them has changed."""
        self._good_until = 0.0


def build_known(slug: str, name: str, family: str, **values: Any) -> KnownInstrument:
    """Return an instrument as a row describes it.

    A shipped one has more aliases and, unless it was renamed, its name in all languages.
    """
    shipped = _SHIPPED.get(slug)
    aliases = (*values.pop("aliases", ()), *(shipped.aliases if shipped else ()))
    if shipped and name == get_english_name(shipped):
        return KnownInstrument(slug, shipped.name, family, several=shipped.several, aliases=aliases, **values)
    return KnownInstrument(slug, name, family, aliases=aliases, **values)


def get_english_name(shipped: ShippedInstrument) -> str:
    """Return the name that its row gets."""
    with override(None):
        return str(shipped.name)


def build_shipped_catalogue() -> Catalogue:
    """Return the catalogue of a site where nobody has changed the instruments."""
    return Catalogue(
        build_known(one.slug, get_english_name(one), one.family, transposition=one.transposition) for one in SHIPPED
    )


def _read_catalogue() -> Catalogue:
    rows = apps.get_model("songs", "Instrument")._default_manager.order_by("sort_order", "pk")
    return Catalogue(
        build_known(
            row.slug,
            row.name,
            row.family,
            transposition=row.transposition,
            aliases=tuple(filter(None, map(clean_text, row.aliases.split(",")))),
            is_active=row.is_active,
        )
        for row in rows
    )


store = CatalogueStore(_read_catalogue)
get_catalogue = store.get


def resolve_words(slug: str, words: str) -> tuple[str, str]:
    """Return the instrument that somebody chose, and the words for one that the site does not know.

    Who chose "other" and typed the name of a known one has that; with any other choice, the words mean nothing.
    """
    if slug != OTHER:
        return slug, ""
    found = get_catalogue().find(words) if words else None
    return (slug, words) if found in (None, OTHER) else (str(found), "")


def serves(played: str, needed: str) -> bool:
    """Whether somebody who plays one instrument can take the part of another.

    It is the same one; or one of them stands for the family of the other: a song that needs a guitar is served by an
    acoustic guitar, and who plays "guitar" serves one that needs an electric guitar. Besides, whoever plays none of
    the usual instruments serves "other".
    """
    if played == needed:
        return True
    catalogue = get_catalogue()
    one, other = catalogue.get(played), catalogue.get(needed)
    if one.family == other.family and one.family != Family.OTHER and (one.is_general or other.is_general):
        return True
    return needed == OTHER and one.part == OTHER


def list_served(plays: Iterable[str]) -> list[str]:
    """Return every instrument whose part somebody who plays these can take, in the order of the catalogue."""
    plays = tuple(plays)
    return [slug for slug in get_catalogue().by_slug if any(serves(played, slug) for played in plays)]


def list_serving(needs: Iterable[str]) -> list[str]:
    """Return every instrument with which somebody can take one of these parts, in the order of the catalogue."""
    needs = tuple(needs)
    return [slug for slug in get_catalogue().by_slug if any(serves(slug, needed) for needed in needs)]


def _fold(words: str) -> str:
    return " ".join(fold_text(words).replace("-", " ").replace(".", " ").split())


def _spell_slug(instrument: KnownInstrument) -> list[str]:
    return [instrument.slug]


def _spell_names(instrument: KnownInstrument) -> Iterator[str]:
    """Yield the name and its plural, in every language of the site."""
    for language in (None, *(code for code, _name in settings.LANGUAGES)):
        with override(language):
            yield instrument.describe()
            yield instrument.describe(2).removeprefix("2 ")


def _spell_aliases(instrument: KnownInstrument) -> tuple[str, ...]:
    return instrument.aliases
