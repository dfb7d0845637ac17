"""The query set of the apps' own models: it refuses, or does right, what Django would get wrong without a word."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.core.exceptions import FieldError
from django.db import models

from core.fields import derived_fields, foreign_derived_fields


class StrictQuerySet[Row: models.Model](models.QuerySet[Row]):
    """No bulk write leaves a derived column (`core.fields.FoldedField`) stale.

    `bulk_create` and `bulk_update` write the derived columns along with their sources. `update` has no rows to derive
    them from and raises FieldError, as does any bulk write of a column from which another table derives one.
    """

    def update(self, **values: Any) -> int:
        names = _field_names(self.model, values)
        stale = [field for field in derived_fields(self.model, names) if field.name not in names]
        stale += foreign_derived_fields(self.model, names)
        if stale:
            columns = ", ".join(map(str, stale))
            raise FieldError(f"A bulk write of {', '.join(values)} would leave {columns} stale; save each row.")
        return super().update(**values)

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
        for field in derived_fields(self.model, fields):
            for row in objs:
                field.pre_save(row, add=False)
        return super().bulk_update(objs, fields, batch_size)

    def _with_derived(self, fields: Iterable[str]) -> Sequence[str]:
        names = list(fields)
        return list(dict.fromkeys([*names, *(field.name for field in derived_fields(self.model, names))]))


def _field_names(model: type[models.Model], names: Iterable[str]) -> set[str]:
    """Return the names of fields, which may be given as "venue_id", too, or "pk"."""
    return {model._meta.pk.name if name == "pk" else model._meta.get_field(name).name for name in names}
