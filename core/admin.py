"""What every page of the admin has in common."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import NestedObjects
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect, RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import models, router
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy, ngettext

from core.fields import FoldedField
from core.signals import list_changed, send_on_commit

MAX_PK_DIGITS = 18  # a longer number does not fit into a primary key

admin.site.site_header = admin.site.site_title = "Jamsite"
admin.site.index_title = gettext_lazy("Jams, songs and venues")


class CheckedForm(forms.ModelForm):
    """A form that checks constraints on what it does not show as well, so that they end in a sentence, not in a 500.

    Django leaves out a constraint on any field that is not in the form; ours are often on a folded name, or on
    a jam that cannot be changed any more.
    """

    def validate_constraints(self) -> None:
        for field in self.instance._meta.fields:
            if isinstance(field, FoldedField):
                field.pre_save(self.instance, add=False)
        try:
            self.instance.validate_constraints(exclude=self._get_validation_exclusions() & self.fields.keys())
        except ValidationError as error:
            self._update_errors(error)


class StrictChangeList(ChangeList):
    """A list on which a forgotten select_related is an error in the first test, not one query a row for ever."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = self.result_list.fetch_mode(models.FETCH_RAISE)


class TolerantAutocompleteSelect(AutocompleteSelect):
    """Shows a value that no row can have as nothing; Django would look it up to show it again, and fail."""

    def optgroups(self, name: str, value: list[str], attr: Any = None) -> Any:
        return super().optgroups(name, [pk for pk in value if pk.isdecimal() and len(pk) <= MAX_PK_DIGITS], attr)


class AutocompleteMixin:
    """Mix-in for admins and inlines that choose rows from a drop-down with a search."""

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        """Nothing is deleted in passing, from a button beside a drop-down."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_delete_related = False
        return field

    def formfield_for_foreignkey(self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = TolerantAutocompleteSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SiteAdmin(AutocompleteMixin, admin.ModelAdmin):
    """A model admin whose pages cost the same however many rows there are."""

    form = CheckedForm
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return rows that load lazily: Django's pages name a row, and what hangs on it, in ways we cannot foresee."""
        return super().get_queryset(request).fetch_mode(models.FETCH_ONE)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return StrictChangeList

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A slug is in links and on printed QR codes: once made, it stays."""
        fixed = ["slug"] if obj and "slug" in self.prepopulated_fields else []
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Count what goes too, where Django would name each row with a few queries for each.

        What hangs on an object goes with it and needs no permission of its own; what is in the way is counted.
        """
        collector = NestedObjects(using=router.db_for_write(self.model), origin=objs)
        collector.collect(objs)
        found = {
            m._meta.verbose_name_plural: len(rows)
            for m, rows in collector.model_objs.items()
            if not m._meta.auto_created
        }
        in_the_way = Counter(str(row._meta.verbose_name_plural) for row in collector.protected)
        lacking = set() if self.has_delete_permission(request) else {self.opts.verbose_name}
        return [str(obj) for obj in objs], found, lacking, [f"{name}: {count}" for name, count in in_the_way.items()]


class ArchiveAdmin(SiteAdmin):
    """For what is archived rather than deleted once it is in use."""

    actions = ["archive", "unarchive"]
    list_name: str  #: as `core.signals.list_changed` calls it

    @admin.action(permissions=["change"], description=gettext_lazy("Archive"))
    def archive(self, request: HttpRequest, queryset: Any) -> None:
        self._set_archived(request, queryset, archived=True)

    @admin.action(permissions=["change"], description=gettext_lazy("Bring back"))
    def unarchive(self, request: HttpRequest, queryset: Any) -> None:
        self._set_archived(request, queryset, archived=False)

    def _set_archived(self, request: HttpRequest, queryset: Any, *, archived: bool) -> None:
        rows = list(queryset.exclude(archived=archived))
        self.model.objects.filter(pk__in=[row.pk for row in rows]).update(archived=archived)
        send_on_commit(list_changed, what=self.list_name)  # update() sends no signals
        words = gettext("Archived.") if archived else gettext("Brought back.")
        if rows:
            LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, change_message=words)
        changed = ngettext("%(count)d item changed.", "%(count)d items changed.", len(rows)) % {"count": len(rows)}
        self.message_user(request, changed, messages.SUCCESS)


class ReadOnlySuperuserAdmin(SiteAdmin):
    """What the site writes down itself, shown to superusers."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.is_superuser_request(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.is_superuser_request(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @staticmethod
    def is_superuser_request(request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)
