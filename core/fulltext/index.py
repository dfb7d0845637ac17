"""Finding rows by the words in a `WordsField`, with an index of the database's own kind (`core.fulltext.migrations`).

The database only narrows the rows down; `core.fulltext.ranking` has the last word.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connections, models
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from core.fields import SEPARATOR
from core.fulltext import migrations, ranking
from core.text import fold_text

MAX_CANDIDATES = 200  # the rows that are ranked
MAX_QUERY_WORDS = 8  # words of a search that are looked at


@dataclass(frozen=True)
class TextIndex:
    """The index of the rows of `model`, whose field `words` holds what is searched."""

    model: type[models.Model]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def find[Row: models.Model](self, rows: "QuerySet[Row]", text: str, *, popular: tuple[str, ...]) -> list[Row]:
        """Return those of `rows` that hold every word of `text`, the likeliest first; with typos if none does.

        A word may be the beginning of one. Among equals those that come first in the order `popular` do. One query,
        or three when typos have to be forgiven.
        """
        asked = ranking.split_query(text)[:MAX_QUERY_WORDS]
        if not asked:
            return []
        exact = rows.filter(self._match_all([[word] for word in asked])).order_by(_rank_by_prefix(asked), *popular)
        return _rank_rows(asked, exact) or self._find_with_typos(rows, asked, popular)

    def filter[Row: models.Model](
        self, rows: "QuerySet[Row]", text: str, *, popular: tuple[str, ...]
    ) -> "QuerySet[Row]":
        """Return those of `rows` that `find` would, in their own order and however many; all if `text` is empty.

        One query more than the query set's own, or three when typos have to be forgiven.
        """
        if not fold_text(text):
            return rows
        asked = ranking.split_query(text)[:MAX_QUERY_WORDS]
        if not asked:
            return rows.none()
        exact = rows.filter(self._match_all([[word] for word in asked]))
        if exact.exists():
            return exact
        return rows.filter(pk__in=[row.pk for row in self._find_with_typos(rows, asked, popular)])

    def _find_with_typos[Row: models.Model](
        self, rows: "QuerySet[Row]", asked: list[str], popular: tuple[str, ...]
    ) -> list[Row]:
        """Put in the place of each word what may be meant by it: words like it, or two that it runs together."""
        vocabulary = self._vocabulary(asked)
        meant = [[*ranking.find_similar_words(word, vocabulary), word] for word in asked]
        every = [[*words, *ranking.split_in_two(word)] for word, words in zip(asked, meant, strict=True)]
        found = rows.filter(self._match_all(every)).order_by(_rank_by_prefix([words[0] for words in meant]), *popular)
        return _rank_rows(asked, found)

    @property
    def _connection(self) -> Any:
        return connections[self.model.objects.db]

    def _match_all(self, every: list[list[str]]) -> Any:
        """Narrow down to what has, for each word asked for, one that begins with any of its meanings."""
        if migrations.is_postgresql(self._connection):
            query = " & ".join(f"({' | '.join(map(_to_tsquery, meanings))})" for meanings in every)
            return RawSQL(f"{self.table}.words_vector @@ to_tsquery('simple', %s)", [query], BooleanField())
        query = " AND ".join(f"({' OR '.join(f'"{meaning}"*' for meaning in meanings)})" for meanings in every)
        found = f"SELECT rowid FROM {self.table}_words WHERE {self.table}_words MATCH %s"
        return Q(pk__in=RawSQL(found, [query]))

    def _vocabulary(self, asked: list[str]) -> list[str]:
        """Return the words of all rows; on PostgreSQL only those that share some letters in a row with `asked`."""
        alike = f'SELECT words FROM "{self.table}_alike"(%s) AS words', [asked]
        every = f"SELECT group_concat(term, ' ') FROM \"{self.table}_vocabulary\"", []
        with self._connection.cursor() as cursor:
            cursor.execute(*(alike if migrations.is_postgresql(self._connection) else every))
            (words,) = cursor.fetchone()
        return (words or "").split()

    def repair(self, using: str, **kwargs: Any) -> None:
        """After migrations: see `core.fulltext.migrations.repair_index`."""
        migrations.repair_index(connections[using], self.table)


def _to_tsquery(meaning: str) -> str:
    """Say in PostgreSQL's words: one after the other, and the last may be the beginning of one."""
    return " <-> ".join(f"'{word}'" for word in meaning.split()) + ":*"


def _rank_rows[Row: models.Model](asked: list[str], rows: "QuerySet[Row]") -> list[Row]:
    """Rank the first CANDIDATES of `rows`; what does not hold all that was asked is left out."""
    scored = [(ranking.score_fields(asked, _split_fields(row)), row) for row in rows[:MAX_CANDIDATES]]
    found = [(score, row) for score, row in scored if score]
    return [row for _score, row in sorted(found, key=lambda pair: -pair[0])]


def _split_fields(row: Any) -> list[list[str]]:
    return [field.split() for field in (row.words or "").split(SEPARATOR)]


def _rank_by_prefix(asked: list[str]) -> Case:
    """First what is called exactly so, then what begins so: no popular crowd keeps these out of the ranking."""
    phrase = " ".join(asked)
    is_it = Q(words=phrase) | Q(words__startswith=phrase + SEPARATOR)
    return Case(When(is_it, then=Value(0)), When(words__startswith=phrase, then=Value(1)), default=Value(2))
