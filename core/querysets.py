"""The query set of our models. Bulk writes keep derived columns up to date, or are refused."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from core.fields import find_derived_fields, find_foreign_derived_fields

MAX_PK_DIGITS = 18  # longer numbers may not fit into a primary key


def is_pk(text: str) -> bool:
    """Whether `text`, which somebody submitted, can be a primary key. The database refuses to compare anything else."""
    return text.isascii() and text.isdecimal() and len(text) <= MAX_PK_DIGITS


class StrictQuerySet[Row: models.Model](models.QuerySet[Row]):
    """A query set whose bulk writes leave no derived column (`core.fields.FoldedField`) stale.

    `bulk_create` and `bulk_update` write the derived columns along with their sources. `update` has no rows to derive
    them from and raises FieldError, as does any bulk write of a column from which another table derives one.
    """

    def update(self, **values: Any) -> int:
        names = _normalise_field_names(self.model, values)
        stale = [field for field in find_derived_fields(self.model, names) if field.name not in names]
        stale += find_foreign_derived_fields(self.model, names)
        if stale:
            columns = ", ".join(map(str, stale))
            raise FieldError(f"A bulk write of {', '.join(values)} would leave {columns} stale; save each row.")
        return super().update(**values)

    update.alters_data = True  # type: ignore[attr-defined]  # as Django's own method says it

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows; what receivers of their signals need of each is read for all at once."""
        return super(StrictQuerySet, self.fetch_mode(models.FETCH_PEERS)).delete()

    delete.alters_data = True  # type: ignore[attr-defined]  # as Django's own method says it
    delete.queryset_only = True  # type: ignore[attr-defined]  # `Song.objects.delete()` must not exist

    def bulk_create(
        self,
        objs: Iterable[Row],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[Row]:
        if update_fields:
            update_fields = self._with_derived(update_fields)
        return super().bulk_create(objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields)

    def bulk_update(self, objs: Iterable[Row], fields: Iterable[str], batch_size: int | None = None) -> int:
        objs, fields = list(objs), self._with_derived(fields)
        for field in find_derived_fields(self.model, fields):
            for row in objs:
                field.pre_save(row, add=False)
        return super().bulk_update(objs, fields, batch_size)

    def _with_derived(self, fields: Iterable[str]) -> Sequence[str]:
        names = list(fields)
        return list(dict.fromkeys([*names, *(field.name for field in find_derived_fields(self.model, names))]))


class StrictManager[Row: models.Model](models.Manager[Row]):
    """The manager of every model, whose query sets forbid lazy loading.

    Load what a row needs with `select_related`, `prefetch_related` or `only`: a forgotten one raises FieldFetchBlocked
    in the first test. Where lazy loading is wanted, say so with `.fetch_mode(FETCH_ONE)` or FETCH_PEERS, and why. Rows
    that Django reads itself, such as those that a deletion cascades to, come from `_base_manager` and load lazily.
    """

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().fetch_mode(models.FETCH_RAISE)


def _normalise_field_names(model: type[models.Model], names: Iterable[str]) -> set[str]:
    """Return the names of the fields that are also called "venue_id" or "pk"."""
    return {model._meta.pk.name if name == "pk" else model._meta.get_field(name).name for name in names}
