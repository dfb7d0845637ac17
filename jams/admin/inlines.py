"""The set list on the admin page of a jam."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import AutocompleteMixin, BoundedFormSet
from jams.admin.entry import EntryForm
from jams.models import Entry
from songs.models import Song


class SetListInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at runtime
    """The songs on the set list. The song of a row can't be changed, because the votes are for it."""

    model = Entry
    form = EntryForm
    formset = BoundedFormSet
    extra = 0
    fields = ["votes", "status", "created_at", "finished_at"]
    readonly_fields = ["votes", "created_at", "finished_at"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        entries: QuerySet[Entry] = super().get_queryset(request).select_related("song", "jam")
        counted = entries.annotate(vote_count=Count("votes"))
        return counted.order_by(F("finished_at").asc(nulls_first=True), "-vote_count", "song__title_order", "pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("votes"))
    def votes(self, entry: Any) -> int:
        return int(entry.vote_count)


class NewSongsInline(AutocompleteMixin, admin.TabularInline):  # type: ignore[type-arg]  # not generic at runtime
    """Empty rows to add songs to the set list."""

    model = Entry
    form = EntryForm
    formset = BoundedFormSet
    extra = 1
    fields = ["song", "status"]
    autocomplete_fields = ["song"]
    verbose_name = _("new song")
    verbose_name_plural = _("new songs")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        return super().get_queryset(request).none()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "song":
            kwargs["queryset"] = Song.objects.current()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
