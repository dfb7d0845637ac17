"""Model fields that clean or derive text on every write, including bulk_create."""

import hashlib
from collections.abc import Collection
from itertools import batched
from operator import attrgetter
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import FieldError
from django.db import connections, models
from django.db.models.signals import pre_save
from django.dispatch import receiver

from core.sort_keys import make_person_sort_key, make_sort_key
from core.text import clean_lines, clean_text, fold_lookalikes, fold_name, fold_text, split_words

SEPARATOR = "\x1f"
DIGEST_BYTES = 16
SHARE = 700  # characters of each source in a `WordsField`: 200 letters become 200 pairs
MAX_SOURCES = 8
BATCH = 500  # rows


class TidyCharField(models.CharField):  # type: ignore[type-arg]  # not generic at runtime
    """A text on one line, cleaned with `core.text.clean_text` when it is saved."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_text(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class TidyTextField(models.TextField):  # type: ignore[type-arg]  # not generic at runtime
    """A text on several lines, cleaned with `core.text.clean_lines` when it is saved."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return clean_lines(value) if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(getattr(model_instance, self.attname))
        setattr(model_instance, self.attname, value)
        return value


class FoldedField(models.CharField):  # type: ignore[type-arg]  # not generic at runtime
    """The folded form of other fields, so that a plain unique constraint ignores case and accents.

    Null when all of them are empty, so that rows without a name do not collide. It is derived whenever one of its
    sources is written: `save` does it, bulk writes by `core.querysets.StrictQuerySet`, and a write that would leave it
    stale raises FieldError. A source may belong to a row that this one points to ("venue.name"); whoever saves that
    row must then update this field as well.

    One letter can fold into eighteen. If the folded form is longer than the column, its beginning is stored with a
    digest of the whole. Lookups are shortened in the same way, so that equal names stay equal and others differ.
    """

    max_length: int

    def __init__(self, *args: Any, of: tuple[str, ...] = (), **kwargs: Any) -> None:
        self.of = tuple(of)
        kwargs.update(max_length=kwargs.get("max_length", 500), null=True, editable=False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        value = self.key(*(attrgetter(name)(model_instance) or "" for name in self.of))
        setattr(model_instance, self.attname, value)
        return value

    def key(self, *texts: str) -> str | None:
        """Return the value to store for `texts`, the values of the source fields; None if all are empty."""
        parts = [self.fold(text) for text in texts]
        return self._shorten(SEPARATOR.join(parts)) if any(parts) else None

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return self._shorten(value) if isinstance(value, str) else value

    def fold(self, text: str) -> str:
        return fold_text(text)

    def _shorten(self, value: str) -> str:
        if len(value) <= self.max_length:
            return value
        digest = hashlib.blake2b(value.encode(), digest_size=DIGEST_BYTES).hexdigest()
        return value[: self.max_length - len(digest)] + digest


class LookalikeField(FoldedField):
    """What other fields look like (see `core.text.fold_lookalikes`), so that a constraint keeps twins of a name out."""

    def fold(self, text: str) -> str:
        return fold_lookalikes(text)


class NameField(FoldedField):
    """The one form of other fields that all spellings of a name share (see `core.text.fold_name`)."""

    def fold(self, text: str) -> str:
        return fold_name(text)


class SortKeyField(FoldedField):
    """The place of another field in a list (see `core.sort_keys`), compared byte by byte on every database."""

    def __init__(self, *args: Any, of: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, of=of, **kwargs)
        self.null = False  # databases disagree on where the rows without a value are

    def key(self, *texts: str) -> str:
        """Return the value to store for `texts`, the values of the source fields."""
        return super().key(*texts) or ""

    def fold(self, text: str) -> str:
        return make_sort_key(text)

    def db_parameters(self, connection: Any) -> Any:
        """Return what the column is made of: on PostgreSQL it needs a collation to compare bytes."""
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}


class PersonSortKeyField(SortKeyField):
    """The place of a person's name in a list: a name such as "An Nguyen" begins with no article.

    So it never becomes stale when SORT_ARTICLES changes.
    """

    def fold(self, text: str) -> str:
        return make_person_sort_key(text)


def refresh_sort_keys(sender: AppConfig, using: str, **kwargs: Any) -> None:
    """Recompute an app's stale sort keys, for example after SORT_ARTICLES has changed. Receives post_migrate.

    Each release rebuilds the site's pages, so no cached page keeps the old order.
    """
    there = connections[using].introspection.table_names()
    for model in sender.get_models():
        fields = [field for field in model._meta.concrete_fields if type(field) is SortKeyField]
        if not fields or model._meta.db_table not in there:
            continue
        names = [field.name for field in fields]
        rows = model._default_manager.using(using).only(*names, *(source for field in fields for source in field.of))
        for batch in batched(rows.order_by("pk").iterator(), BATCH):
            stale = [row for row in batch if _refresh(row, fields)]
            model._default_manager.using(using).bulk_update(stale, names)


def _refresh(row: models.Model, fields: Collection[SortKeyField]) -> bool:
    """Compute the keys of `row`; return whether one was stale."""
    before = [getattr(row, field.name) for field in fields]
    return before != [field.pre_save(row, add=False) for field in fields]


class WordsField(FoldedField):
    """The words of other fields as search compares them (see `core.text.split_words`), the most important field first.

    At most SHARE characters of each field are used: some letters fold into many. The column has room for MAX_SOURCES,
    so one more source does not alter it, which PostgreSQL refuses because another column is generated from it. If a
    new source already has values, or is not the last one, the migration calls `core.fulltext.migrations.fill_words`.
    """

    non_db_attrs = (*models.CharField.non_db_attrs, "of")

    def __init__(self, *args: Any, of: tuple[str, ...] = (), **kwargs: Any) -> None:
        if len(of) > MAX_SOURCES:
            raise ValueError(f"A WordsField can have up to {MAX_SOURCES} sources.")
        super().__init__(*args, of=of, **{**kwargs, "max_length": SHARE * MAX_SOURCES})

    def fold(self, text: str) -> str:
        return " ".join(split_words(text, join_unspaced=True))[: SHARE - len(SEPARATOR)]


def find_derived_fields(model: type[models.Model], names: Collection[str]) -> list[FoldedField]:
    """Return the derived fields of `model` among `names`, and those with a source among `names`."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, FoldedField)
        and (field.name in names or any(source.partition(".")[0] in names for source in field.of))
    ]


def find_foreign_derived_fields(model: type[models.Model], names: Collection[str]) -> list[FoldedField]:
    """Return the derived fields of other models that have a source among the fields `names` of `model`."""
    return [
        field
        for relation in model._meta.related_objects
        for field in relation.related_model._meta.concrete_fields
        if isinstance(field, FoldedField) and any(f"{relation.field.name}.{name}" in field.of for name in names)
    ]


@receiver(pre_save)
def forbid_stale_save(sender: type[models.Model], update_fields: Collection[str] | None, **kwargs: Any) -> None:
    """Raise FieldError for save(update_fields=...) that writes a source without the field derived from it."""
    named = update_fields or ()
    stale = [field for field in find_derived_fields(sender, named) if field.name not in named]
    if stale:
        raise FieldError(f"Name {', '.join(field.name for field in stale)} in update_fields as well.")
