"""The database side of a `WordsField`: an index of the words of each row, and the vocabulary of all rows.

PostgreSQL: a generated, weighted tsvector with a GIN index; a table of words with a trigram index, filled by a trigger.
SQLite: an FTS5 table, updated by triggers, and its vocabulary.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation

# The first field has weight A, all others B. Fields are separated by `core.fields.SEPARATOR`, which is chr(31).
FIRST = "split_part(coalesce(words, ''), chr(31), 1)"
OTHERS = f"replace(substr(coalesce(words, ''), length({FIRST}) + 2), chr(31), ' ')"
WEIGHTED_VECTOR = f"setweight(to_tsvector('simple', {FIRST}), 'A') || setweight(to_tsvector('simple', {OTHERS}), 'B')"
# Two transactions may add the same word: a duplicate is better than one that waits for the other's commit.
ADD_NEW_WORDS = (
    "INSERT INTO {table}_vocabulary SELECT word FROM unnest(tsvector_to_array(NEW.words_vector)) AS word "
    "WHERE NOT EXISTS (SELECT FROM {table}_vocabulary AS known WHERE known.word = word.word)"
)
FIND_SIMILAR_WORDS = (
    "SELECT string_agg(DISTINCT word, ' ') FROM unnest(asked) AS mistyped, {table}_vocabulary WHERE word %> mistyped"
)
# PostgreSQL estimates a trigram comparison as cheap as one of numbers, so it would scan a vocabulary of 6,000 words:
# 50 ms instead of 0.1.
FORCE_INDEX = "SET enable_seqscan = off"
POSTGRESQL_REVERSE = (
    "DROP TRIGGER IF EXISTS {table}_learn ON {table}",
    "DROP FUNCTION IF EXISTS {table}_learn",
    "DROP FUNCTION IF EXISTS {table}_alike",
    "DROP TABLE IF EXISTS {table}_vocabulary",
    "DROP INDEX IF EXISTS {table}_trigrams",  # of an earlier version
    "ALTER TABLE {table} DROP COLUMN IF EXISTS words_vector",  # and its index
)
TRIGGER = "RETURNS trigger LANGUAGE plpgsql"
ON_CHANGE = "AFTER INSERT OR UPDATE OF words ON {table} FOR EACH ROW"
GIN = "WITH (fastupdate = off)"  # no list of pending entries: songs are read more often than written
POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    f"ALTER TABLE {{table}} ADD COLUMN words_vector tsvector GENERATED ALWAYS AS ({WEIGHTED_VECTOR}) STORED",
    f"CREATE INDEX {{table}}_words ON {{table}} USING gin (words_vector) {GIN}",
    "CREATE TABLE {table}_vocabulary AS SELECT DISTINCT unnest(tsvector_to_array(words_vector)) AS word FROM {table}",
    "CREATE INDEX {table}_vocabulary_known ON {table}_vocabulary USING hash (word)",
    f"CREATE INDEX {{table}}_vocabulary_trigrams ON {{table}}_vocabulary USING gin (word gin_trgm_ops) {GIN}",
    (
        f"CREATE FUNCTION {{table}}_alike(asked text[]) RETURNS text LANGUAGE sql STABLE {FORCE_INDEX} "
        f"AS $$ {FIND_SIMILAR_WORDS} $$"
    ),
    f"CREATE FUNCTION {{table}}_learn() {TRIGGER} {FORCE_INDEX} AS $$ BEGIN {ADD_NEW_WORDS}; RETURN NULL; END $$",
    f"CREATE TRIGGER {{table}}_learn {ON_CHANGE} EXECUTE FUNCTION {{table}}_learn()",
)
SQLITE_TABLES = (
    "CREATE VIRTUAL TABLE {table}_words USING fts5(words, tokenize='unicode61 remove_diacritics 0', prefix='1 2 3')",
    "CREATE VIRTUAL TABLE {table}_vocabulary USING fts5vocab({table}_words, 'row')",
)
SPACE_SEPARATED_WORDS = "replace(coalesce({row}words, ''), char(31), ' ')"
INSERT_WORDS = f"INSERT INTO {{table}}_words(rowid, words) VALUES (new.id, {SPACE_SEPARATED_WORDS.format(row='new.')});"
DELETE_WORDS = "DELETE FROM {table}_words WHERE rowid = old.id;"
WHEN_CHANGED = "WHEN old.words IS NOT new.words"
SQLITE_TRIGGERS = (
    f"CREATE TRIGGER {{table}}_words_put AFTER INSERT ON {{table}} BEGIN {INSERT_WORDS} END",
    f"CREATE TRIGGER {{table}}_words_take AFTER DELETE ON {{table}} BEGIN {DELETE_WORDS} END",
    (
        f"CREATE TRIGGER {{table}}_words_change AFTER UPDATE OF words ON {{table}} {WHEN_CHANGED} "
        f"BEGIN {DELETE_WORDS} {INSERT_WORDS} END"
    ),
)
SQLITE_TRIGGERS_REVERSE = (
    "DROP TRIGGER IF EXISTS {table}_words_put",
    "DROP TRIGGER IF EXISTS {table}_words_take",
    "DROP TRIGGER IF EXISTS {table}_words_change",
)
SQLITE_FILL = (
    "DELETE FROM {table}_words",
    f"INSERT INTO {{table}}_words(rowid, words) SELECT id, {SPACE_SEPARATED_WORDS.format(row='')} FROM {{table}}",
)
SQLITE_REVERSE = (
    *SQLITE_TRIGGERS_REVERSE,
    "DROP TABLE IF EXISTS {table}_trigrams",  # of an earlier version
    "DROP TABLE IF EXISTS {table}_vocabulary",
    "DROP TABLE IF EXISTS {table}_words",
)


class IndexWords(Operation):
    """A migration operation: (re)create the index of a table's column `words`. The model state does not change."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return type(self).__name__, [self.table], {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        pass

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_backwards(app_label, schema_editor, from_state, to_state)
        sqlite = (*SQLITE_TABLES, *SQLITE_TRIGGERS, *SQLITE_FILL)
        self._run(schema_editor, POSTGRESQL if is_postgresql(schema_editor.connection) else sqlite)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._run(schema_editor, POSTGRESQL_REVERSE if is_postgresql(schema_editor.connection) else SQLITE_REVERSE)

    def _run(self, schema_editor: Any, statements: Iterable[str]) -> None:
        for statement in statements:
            schema_editor.execute(statement.format(table=self.table), params=None)

    def describe(self) -> str:
        return f"Index the words of {self.table}"


def fill_words(label: str) -> Callable[[Any, Any], None]:
    """Return a function for RunPython that fills `words` of the existing rows of the model `label`."""

    def fill(apps: Any, schema_editor: Any) -> None:
        model = apps.get_model(label)
        field = model._meta.get_field("words")
        rows = list(model._default_manager.order_by("pk").fetch_mode(models.FETCH_PEERS))
        for row in rows:
            field.pre_save(row, add=False)
        model._default_manager.bulk_update(rows, ["words"], batch_size=500)

    return fill


def repair_index(connection: Any, table: str) -> None:
    """Recreate missing triggers after migrations: SQLite rebuilds an altered table and drops its triggers."""
    if is_postgresql(connection) or f"{table}_words" not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table])
        if cursor.fetchone() != (len(SQLITE_TRIGGERS),):
            for statement in (*SQLITE_TRIGGERS_REVERSE, *SQLITE_TRIGGERS, *SQLITE_FILL):
                cursor.execute(statement.format(table=table))


def is_postgresql(connection: Any) -> bool:
    """Return whether `connection` is one to PostgreSQL."""
    return bool(connection.vendor == "postgresql")
