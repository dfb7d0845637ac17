"""Finding rows by the words in a `WordsField`, with an index of the database's own kind.

PostgreSQL: a generated, weighted tsvector and trigrams, each with a GIN index. SQLite: two FTS5 tables, one of words
and one of trigrams, kept in step by triggers. Both only narrow the rows down; `jamsite.ranking` has the last word.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connections, models
from django.db.migrations.operations.base import Operation
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from jamsite import ranking
from jamsite.fields import SEPARATOR

CANDIDATES = 200  # the rows that are ranked
LONGEST = 8  # words of a search that are looked at
TRIGRAM = 3

WEIGHTED = (
    "setweight(to_tsvector('simple', split_part(coalesce(words, ''), chr(31), 1)), 'A') || "
    "setweight(to_tsvector('simple', split_part(coalesce(words, ''), chr(31), 2)), 'B')"
)
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"ALTER TABLE {{table}} ADD COLUMN words_vector tsvector GENERATED ALWAYS AS ({WEIGHTED}) STORED",
    "CREATE INDEX {table}_words ON {table} USING gin (words_vector) WITH (fastupdate = off)",
    "CREATE INDEX {table}_trigrams ON {table} USING gin (words gin_trgm_ops) WITH (fastupdate = off)",
)
POSTGRESQL_BACK = (
    "DROP INDEX {table}_trigrams",
    "DROP INDEX {table}_words",
    "ALTER TABLE {table} DROP COLUMN words_vector",
)
SQLITE_TABLES = (
    "CREATE VIRTUAL TABLE {table}_words USING fts5(words, tokenize='unicode61 remove_diacritics 0', prefix='1 2 3')",
    "CREATE VIRTUAL TABLE {table}_trigrams USING fts5(words, tokenize='trigram case_sensitive 1')",
)
SPACED = "replace(coalesce({row}words, ''), char(31), ' ')"
PUT = (
    f"INSERT INTO {{table}}_words(rowid, words) VALUES (new.id, {SPACED.format(row='new.')});"
    f" INSERT INTO {{table}}_trigrams(rowid, words) VALUES (new.id, ' ' || {SPACED.format(row='new.')} || ' ');"
)
CHANGED = "WHEN old.words IS NOT new.words"
TAKE = "DELETE FROM {table}_words WHERE rowid = old.id; DELETE FROM {table}_trigrams WHERE rowid = old.id;"
SQLITE_TRIGGERS = (
    f"CREATE TRIGGER {{table}}_words_put AFTER INSERT ON {{table}} BEGIN {PUT} END",
    f"CREATE TRIGGER {{table}}_words_take AFTER DELETE ON {{table}} BEGIN {TAKE} END",
    f"CREATE TRIGGER {{table}}_words_change AFTER UPDATE OF words ON {{table}} {CHANGED} BEGIN {TAKE} {PUT} END",
)
SQLITE_FILL = (
    "DELETE FROM {table}_words",
    "DELETE FROM {table}_trigrams",
    f"INSERT INTO {{table}}_words(rowid, words) SELECT id, {SPACED.format(row='')} FROM {{table}}",
    f"INSERT INTO {{table}}_trigrams(rowid, words) SELECT id, ' ' || {SPACED.format(row='')} || ' ' FROM {{table}}",
)
SQLITE_BACK = (
    "DROP TRIGGER IF EXISTS {table}_words_put",
    "DROP TRIGGER IF EXISTS {table}_words_take",
    "DROP TRIGGER IF EXISTS {table}_words_change",
    "DROP TABLE {table}_words",
    "DROP TABLE {table}_trigrams",
)


class IndexWords(Operation):
    """A migration's step: index the column `words` of a table. The model knows nothing of it."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return type(self).__name__, [self.table], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        sqlite = (*SQLITE_TABLES, *SQLITE_TRIGGERS, *SQLITE_FILL)
        self._run(schema_editor, POSTGRESQL if _is_postgresql(schema_editor.connection) else sqlite)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._run(schema_editor, POSTGRESQL_BACK if _is_postgresql(schema_editor.connection) else SQLITE_BACK)

    def _run(self, schema_editor: Any, statements: Iterable[str]) -> None:
        for statement in statements:
            schema_editor.execute(statement.format(table=self.table))

    def describe(self) -> str:
        return f"Index the words of {self.table}"


def fill_words(label: str) -> Callable[[Any, Any], None]:
    """Return a migration's function that finds the words of the rows that are there already."""

    def fill(apps: Any, schema_editor: Any) -> None:
        model = apps.get_model(label)
        field = model._meta.get_field("words")
        rows = list(model._default_manager.order_by("pk"))
        for row in rows:
            field.pre_save(row, add=False)
        model._default_manager.bulk_update(rows, ["words"], batch_size=500)

    return fill


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
        or two when typos have to be forgiven.
        """
        asked = ranking.sought(text)[:LONGEST]
        if not asked:
            return []
        exact = rows.filter(self._holding(asked)).order_by(_begins(asked), *popular)
        return _best(asked, exact) or _best(asked, rows.filter(self._alike(asked)).order_by(*popular))

    @property
    def _on_postgresql(self) -> bool:
        return _is_postgresql(connections[self.model.objects.db])

    def _holding(self, asked: list[str]) -> Any:
        """Narrow down to what has a word that begins with each one asked for."""
        if self._on_postgresql:
            query = " & ".join(f"'{word}':*" for word in asked)
            return RawSQL(f"{self.table}.words_vector @@ to_tsquery('simple', %s)", [query], BooleanField())
        query = " ".join(f'"{word}"*' for word in asked)
        found = f"SELECT rowid FROM {self.table}_words WHERE {self.table}_words MATCH %s"
        return Q(pk__in=RawSQL(found, [query]))

    def _alike(self, asked: list[str]) -> Any:
        """Narrow down to the CANDIDATES that share most letters in a row with what was asked."""
        if self._on_postgresql:
            near = " OR ".join(f"%s <%% {self.table}.words" for _word in asked)
            likeness = " + ".join(f"word_similarity(%s, {self.table}.words)" for _word in asked)
            found = f"SELECT id FROM {self.table} WHERE {near} ORDER BY {likeness} DESC, id LIMIT %s"
            return Q(pk__in=RawSQL(found, [*asked, *asked, CANDIDATES]))
        query = " OR ".join(f'"{part}"' for part in _trigrams(asked))
        found = f"SELECT rowid FROM {self.table}_trigrams WHERE {self.table}_trigrams MATCH %s ORDER BY rank LIMIT %s"
        return Q(pk__in=RawSQL(found, [query, CANDIDATES]))

    def mend(self, using: str, **kwargs: Any) -> None:
        """After migrations: SQLite makes a changed table anew and drops its triggers with the old one."""
        connection = connections[using]
        if _is_postgresql(connection) or f"{self.table}_words" not in connection.introspection.table_names():
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [self.table])
            if cursor.fetchone() != (len(SQLITE_TRIGGERS),):
                for statement in (*SQLITE_BACK[:3], *SQLITE_TRIGGERS, *SQLITE_FILL):
                    cursor.execute(statement.format(table=self.table))


def _is_postgresql(connection: Any) -> bool:
    return connection.vendor == "postgresql"


def _best[Row: models.Model](asked: list[str], rows: "QuerySet[Row]") -> list[Row]:
    """Rank the first CANDIDATES of `rows`; what does not hold all that was asked is left out."""
    scored = [(ranking.score(asked, _fields(row)), row) for row in rows[:CANDIDATES]]
    found = [(score, row) for score, row in scored if score]
    return [row for _score, row in sorted(found, key=lambda pair: -pair[0])]


def _fields(row: Any) -> list[list[str]]:
    return [field.split() for field in (row.words or "").split(SEPARATOR)]


def _begins(asked: list[str]) -> Case:
    """First what is called exactly so, then what begins so: no popular crowd keeps these out of the ranking."""
    phrase = " ".join(asked)
    is_it = Q(words=phrase) | Q(words__startswith=phrase + SEPARATOR)
    return Case(When(is_it, then=Value(0)), When(words__startswith=phrase, then=Value(1)), default=Value(2))


def _trigrams(asked: list[str]) -> list[str]:
    padded = (f" {word} " for word in asked)
    return sorted({word[at : at + TRIGRAM] for word in padded for at in range(len(word) - TRIGRAM + 1)})
