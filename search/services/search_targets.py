"""What a search can lead to: songs, jams and venues, as pages name them ("song-12")."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from jams.models import Jam
from search.models import Kind
from songs.models import Song
from songs.selectors.library import exclude_chord_sheets
from venues.models import Venue

MAX_ID = 2**63 - 1


@dataclass(frozen=True)
class SearchTarget:
    kind: str
    target: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Understand what a page says that somebody chose. Raises Invalid for what makes no sense."""
        kind, _dash, number = text.partition("-")
        if kind in Kind.values and number.isascii() and number.isdecimal() and len(number) <= len(str(MAX_ID)):
            return cls(kind, min(int(number), MAX_ID))
        raise Invalid(_("Choose one of the options."))

    def exists(self) -> bool:
        return selectable_rows(self.kind).filter(pk=self.target).exists()


def selectable_rows(kind: str) -> QuerySet[Any]:
    """Return all that may be chosen of a kind."""
    models: dict[str, QuerySet[Any]] = {
        Kind.SONG: exclude_chord_sheets(Song.objects.current()),
        Kind.JAM: Jam.objects.all(),
        Kind.VENUE: Venue.objects.current(),
    }
    return models[kind]


def load_targets(chosen: Iterable[SearchTarget]) -> dict[SearchTarget, Any]:
    """Return the rows of those that are still there: a query for each kind among them."""
    wanted: dict[str, list[int]] = {}
    for one in chosen:
        wanted.setdefault(one.kind, []).append(one.target)
    return {
        SearchTarget(kind, pk): row
        for kind, targets in wanted.items()
        for pk, row in selectable_rows(kind).in_bulk(targets).items()
    }
