"""What a search result can be: a song, jam or venue, named in pages by kind and id, such as "song-12"."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from jams.models import Jam
from search.models import Kind
from songs.models import Song
from venues.models import Venue

MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class SearchTarget:
    """A song, jam or venue: `target` is its id."""

    kind: str
    target: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the target that a page names, such as "song-12". Raises Invalid."""
        kind, _dash, number = text.partition("-")
        if kind in Kind.values and number.isascii() and number.isdecimal() and len(number) <= len(str(MAX_ID)):
            return cls(kind, min(int(number), MAX_ID))
        raise Invalid(_("Choose one of the options."))

    def exists(self) -> bool:
        """Return whether it can be found by a search."""
        return selectable_rows(self.kind).filter(pk=self.target).exists()


def selectable_rows(kind: str) -> QuerySet[Any]:
    """Return the rows of a kind that a search can find."""
    models: dict[str, QuerySet[Any]] = {
        Kind.SONG: Song.objects.current().without_chords(),
        Kind.JAM: Jam.objects.all(),
        Kind.VENUE: Venue.objects.current(),
    }
    return models[kind]


def load_targets(targets: Iterable[SearchTarget]) -> dict[SearchTarget, Any]:
    """Return the rows of those `targets` that can still be found, with one query for each kind among them."""
    ids_by_kind: dict[str, list[int]] = {}
    for target in targets:
        ids_by_kind.setdefault(target.kind, []).append(target.target)
    return {
        SearchTarget(kind, pk): row
        for kind, ids in ids_by_kind.items()
        for pk, row in selectable_rows(kind).in_bulk(ids).items()
    }
