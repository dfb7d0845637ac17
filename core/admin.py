"""Base classes for the admin."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.contrib.admin.utils import NestedObjects
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple, RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import DataError, NotSupportedError, OperationalError, ProgrammingError, models, router
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy, ngettext

from core.fields import SortKeyField
from core.forms import CheckedForm
from core.http.types import AuthenticatedRequest
from core.querysets import is_pk
from core.signals import list_changed, send_on_commit

#: What values lead to that do not fit a filter.
FILTER_ERRORS = (
    *(LookupError, OverflowError, ValueError),
    *(DataError, NotSupportedError, OperationalError, ProgrammingError),
)
MAX_NEW_ROWS = 50
SQLITE_REGEX_ERROR = "user-defined function"  # other operational errors mean that the database is away

admin.site.site_header = admin.site.site_title = "Jamsite"
admin.site.index_title = gettext_lazy("Jams, songs and venues")


class BoundedFormSet(BaseInlineFormSet):  # type: ignore[type-arg]  # not generic at runtime
    """The rows of an inline table: at most MAX_NEW_ROWS more than there are, whatever number a request claims.

    Django builds up to 1,000 more. One request for the songs of a jam took 17 s of CPU, and its answer 5 MB.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.absolute_max = len(self.get_queryset()) + MAX_NEW_ROWS


class TolerantChangeList(ChangeList):
    """A change list whose address may hold any filter: Django takes care only of values that it can refuse at once."""

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        try:
            super().__init__(request, *args)
        except FILTER_ERRORS as error:
            if not request.GET or (isinstance(error, OperationalError) and SQLITE_REGEX_ERROR not in str(error)):
                raise
            raise IncorrectLookupParameters(error) from error

    def get_ordering_field(self, field_name: Any) -> Any:
        """Return what the column of a field is sorted by: its sort key, where it has one."""
        keys = (field for field in self.lookup_opts.concrete_fields if isinstance(field, SortKeyField))
        return next((key.name for key in keys if key.of == (field_name,)), super().get_ordering_field(field_name))


class StrictChangeList(TolerantChangeList):
    """A change list that forbids lazy loading: a forgotten select_related fails the first test."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = self.result_list.fetch_mode(models.FETCH_RAISE)


class TolerantAutocompleteSelect(AutocompleteSelect):
    """Ignores submitted values that cannot be a primary key. Django would look them up to show them, and fail."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, list(filter(is_pk, value)), attr)


class TolerantAutocompleteSelectMultiple(AutocompleteSelectMultiple):
    """The same for many values."""

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> Any:
        return super().optgroups(name, list(filter(is_pk, value)), attr)


class StrictModelMultipleChoiceField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # as above
    """Refuses values that cannot be a primary key, numbers beyond the database's integers included."""

    def _check_values(self, value: Any) -> Any:
        for pk in value:
            if not is_pk(str(pk)):
                raise ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": str(pk)[:40]})
        return super()._check_values(value)  # type: ignore[misc]  # not in the stubs


class AutocompleteMixin(BaseModelAdmin):  # type: ignore[type-arg]  # not generic at runtime
    """A mixin for admins and inlines whose foreign keys are chosen from an autocomplete field."""

    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Remove the delete button next to a field."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False
        return field

    def formfield_for_foreignkey(self, db_field: "models.ForeignKey[Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = TolerantAutocompleteSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: "models.ManyToManyField[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = TolerantAutocompleteSelectMultiple(db_field, self.admin_site)
            kwargs["form_class"] = StrictModelMultipleChoiceField
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class SiteAdmin(AutocompleteMixin, admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at runtime
    """A model admin whose pages take the same number of queries however many rows there are."""

    form = CheckedForm
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return rows that load lazily: Django's pages name a row, and what hangs on it, in ways we cannot foresee."""
        return super().get_queryset(request).fetch_mode(models.FETCH_ONE)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StrictChangeList

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return initial values from the URL, except times: Django's widget for them fails on any text."""
        times = {field.name for field in self.opts.fields if isinstance(field, models.DateTimeField)}
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        return {name: value for name, value in initial.items() if name not in times}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the slug read-only after creation, because links and printed QR codes contain it."""
        fixed = ["slug"] if obj and "slug" in self.prepopulated_fields else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Count the rows that are deleted too; Django would list each one, with several queries per row.

        Deleting them needs no permission of its own. Rows that prevent the deletion are counted as well.
        """
        collector: Any = NestedObjects(using=router.db_for_write(self.model), origin=objs)
        collector.collect(objs)
        found = {
            m._meta.verbose_name_plural: len(rows)
            for m, rows in collector.model_objs.items()
            if not m._meta.auto_created
        }
        protected = Counter(str(row._meta.verbose_name_plural) for row in collector.protected)
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(obj) for obj in objs], found, lacking, [f"{name}: {count}" for name, count in protected.items()]


class ArchiveAdmin(SiteAdmin):
    """An admin for objects that are archived rather than deleted once they are in use."""

    actions = ["archive", "unarchive"]
    list_name: str  #: the argument `what` of `core.signals.list_changed`

    @admin.action(permissions=["change"], description=gettext_lazy("Archive"))
    def archive(self, request: AuthenticatedRequest, queryset: Any) -> None:
        self._set_archived(request, queryset, archived=True)

    @admin.action(permissions=["change"], description=gettext_lazy("Bring back"))
    def unarchive(self, request: AuthenticatedRequest, queryset: Any) -> None:
        self._set_archived(request, queryset, archived=False)

    def _set_archived(self, request: AuthenticatedRequest, queryset: Any, *, archived: bool) -> None:
        rows = list(queryset.exclude(archived=archived))
        self.model.objects.filter(pk__in=[row.pk for row in rows]).update(archived=archived)
        send_on_commit(list_changed, what=self.list_name)  # update() sends no signals
        words = gettext("Archived.") if archived else gettext("Brought back.")
        if rows:
            LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, change_message=words)
        changed = ngettext("%(count)d item changed.", "%(count)d items changed.", len(rows)) % {"count": len(rows)}
        self.message_user(request, changed, messages.SUCCESS)


class ReadOnly:
    """Mix-in for records that the site creates itself: nobody adds, changes or deletes one."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlySuperuserAdmin(ReadOnly, SiteAdmin):
    """A read-only admin for superusers, for records that the site creates itself."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_superuser(request)

    @staticmethod
    def is_superuser(request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)
