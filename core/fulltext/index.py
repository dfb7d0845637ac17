"""Full-text search for rows with a `WordsField`, on the index that `core.fulltext.migrations` creates.

The database selects candidates; `core.fulltext.ranking` ranks them.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db import connections, models
from django.db.models import BooleanField, Case, F, Func, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from core.fields import SEPARATOR
from core.fulltext import migrations, ranking
from core.text import fold_text

MAX_CANDIDATES = 200  # the rows that are ranked
MAX_QUERY_WORDS = 8  # further words of a query are ignored


@dataclass(frozen=True)
class TextIndex:
    """The index of the rows of `model`, whose field `words` is searched."""

    model: type[models.Model]

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def find[Row: models.Model](self, rows: "QuerySet[Row]", text: str, *, popular: tuple[str, ...]) -> list[Row]:
        """Return those of `rows` that contain every word of `text`, best match first; with typos if none does.

        A word also matches the beginning of a longer one. Equal matches are in the order `popular`. This takes one
        query, or three if it has to allow for typos.
        """
        query_words = ranking.split_query(text)[:MAX_QUERY_WORDS]
        if not query_words:
            return []
        exact = rows.filter(self._match_all([[word] for word in query_words])).order_by(
            _rank_by_prefix(query_words), *popular
        )
        return _rank_rows(exact, query_words) or self._find_with_typos(rows, query_words, popular)

    def filter[Rows: QuerySet[Any]](self, rows: Rows, text: str, *, popular: tuple[str, ...]) -> Rows:
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
        self, rows: "QuerySet[Row]", query_words: list[str], popular: tuple[str, ...]
    ) -> list[Row]:
        """Replace each word by what may be meant: similar words, or two words that it joins."""
        vocabulary = self.read_vocabulary(query_words)
        meanings = [[*ranking.find_similar_words(word, vocabulary), word] for word in query_words]
        alternatives = [
            [*words, *ranking.split_in_two(word)] for word, words in zip(query_words, meanings, strict=True)
        ]
        found = rows.filter(self._match_all(alternatives)).order_by(
            _rank_by_prefix([words[0] for words in meanings]), *popular
        )
        return _rank_rows(found, query_words) or self._find_with_wrong_letter(rows, query_words, popular)

    def _find_with_wrong_letter[Row: models.Model](
        self, rows: "QuerySet[Row]", query_words: list[str], popular: tuple[str, ...]
    ) -> list[Row]:
        """Find text without spaces although one of its letters is not right; without a query for other text."""
        fewer = ranking.leave_out_letters(query_words)
        if not fewer:
            return []
        fits = reduce(or_, (Q(self._match_all([[word] for word in words])) for words in fewer))
        return _rank_rows(rows.filter(fits).order_by(*popular), *fewer)

    @property
    def _connection(self) -> Any:
        return connections[self.model._default_manager.db]

    def _match_all(self, alternatives: list[list[str]]) -> Any:
        """Return the condition that, for each word of the query, one of its alternatives begins a word of the row."""
        if migrations.is_postgresql(self._connection):
            query = " & ".join(f"({' | '.join(map(_to_tsquery, words))})" for words in alternatives)
            return _MatchesQuery(F("words"), Value(query))
        query = " AND ".join(f"({' OR '.join(f'"{word}"*' for word in words)})" for words in alternatives)
        matches = f"SELECT rowid FROM {self.table}_words WHERE {self.table}_words MATCH %s"
        return Q(pk__in=RawSQL(matches, [query]))

    def read_vocabulary(self, query_words: list[str]) -> list[str]:
        """Return the words of all rows; on PostgreSQL only those that share trigrams with `query_words`."""
        with self._connection.cursor() as cursor:
            if migrations.is_postgresql(self._connection):
                cursor.execute(f'SELECT words FROM "{self.table}_alike"(%s) AS words', [query_words])
            else:
                cursor.execute(f"SELECT group_concat(term, ' ') FROM \"{self.table}_vocabulary\"")
            (words,) = cursor.fetchone()
        return (words or "").split()

    def repair(self, using: str, **kwargs: Any) -> None:
        """Receive post_migrate: see `core.fulltext.migrations.repair_index`."""
        migrations.repair_index(connections[using], self.table)


class _MatchesQuery(Func):
    """PostgreSQL's match of a row's vector, under the alias that the statement gives the table, as in a subquery."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:  # type: ignore[override]  # Django passes names
        words, query = self.get_source_expressions()
        sql, params = compiler.compile(query)
        table = compiler.quote_name(words.alias)
        return f"{table}.words_vector @@ to_tsquery('simple', {sql})", params


def _to_tsquery(meaning: str) -> str:
    """Return a tsquery for the words of `meaning`, one after the other; the last one is a prefix."""
    return " <-> ".join(f"'{word}'" for word in meaning.split()) + ":*"


def _rank_rows[Row: models.Model](rows: "QuerySet[Row]", *queries: list[str]) -> list[Row]:
    """Rank the first MAX_CANDIDATES of `rows`, each by the query that it fits best, without those that fit none."""
    candidates = [(_split_fields(row), row) for row in rows[:MAX_CANDIDATES]]
    scored = [(max(ranking.score_fields(words, fields) for words in queries), row) for fields, row in candidates]
    found = [(score, row) for score, row in scored if score]
    return [row for _score, row in sorted(found, key=lambda pair: -pair[0])]


def _split_fields(row: Any) -> list[list[str]]:
    return [field.split() for field in (row.words or "").split(SEPARATOR)]


def _rank_by_prefix(query_words: list[str]) -> Case:
    """Order exact matches first, then prefix matches, so that popular rows do not push them out of the candidates."""
    phrase = " ".join(query_words)
    is_exact = Q(words=phrase) | Q(words__startswith=phrase + SEPARATOR)
    return Case(When(is_exact, then=Value(0)), When(words__startswith=phrase, then=Value(1)), default=Value(2))
