from typing import Any

from django.contrib import admin
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import CheckedForm
from jams.admin.host_scoped import OwnAdmin, RecentJamFilter
from jams.models import ChordState, Entry, EntryStatus, Performance
from songs.models import Song
from songs.parts import Part

#: What a host may say of a song here; on deck, on stage and played come with a time, from the running of the night.
BY_HAND = (EntryStatus.SUGGESTED, EntryStatus.QUEUED, EntryStatus.SKIPPED, EntryStatus.HIDDEN)
PAST_CHANGING = (EntryStatus.PLAYING, EntryStatus.PLAYED)


class EntryForm(CheckedForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            now = self.instance.status
            offered = dict.fromkeys([*BY_HAND, EntryStatus(now)])
            self.fields["status"].choices = [(status.value, status.label) for status in offered]
            self.fields["status"].disabled = now in PAST_CHANGING


class PerformanceForm(CheckedForm):
    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("other_part") and values.get("part") != Part.OTHER:
            self.add_error("other_part", _("Only fill this in for the part “other”."))
        return values


class PerformanceInline(admin.TabularInline):
    """Who plays what in one song: people of its own jam only."""

    model = Performance
    form = PerformanceForm
    extra = 0
    fields = ["attendee", "part", "other_part", "no_show"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("attendee")

    def get_formset(self, request: HttpRequest, obj: Entry | None = None, **kwargs: Any) -> type[BaseInlineFormSet]:
        formset = super().get_formset(request, obj, **kwargs)
        field = formset.form.base_fields.get("attendee")
        if field and obj:
            field.queryset = obj.jam.attendees.exclude(name="").order_by("name", "pk")
            field.choices = list(field.choices)  # read once for all rows
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return formset


@admin.register(Entry)
class EntryAdmin(OwnAdmin):
    form = EntryForm
    list_display = ["song", "jam", "status", "created_at", "finished_at"]
    list_select_related = ["song", "jam"]
    list_filter = ["status", RecentJamFilter]
    search_fields = ["song__title", "song__artist"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    autocomplete_fields = ["jam", "song"]
    fields = [
        "jam",
        "song",
        "status",
        "chord_url",
        ("suggested_by", "created_at"),
        ("on_deck_at", "started_at", "finished_at"),
    ]
    readonly_fields = ["suggested_by", "created_at", "on_deck_at", "started_at", "finished_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Entry | None = None) -> list[str]:
        """The votes are for this song at this jam, so both stay."""
        return [*super().get_readonly_fields(request, obj), *(["jam", "song"] if obj else [])]

    def get_inlines(self, request: HttpRequest, obj: Entry | None) -> list[Any]:
        return [PerformanceInline] if obj else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "song":
            kwargs["queryset"] = Song.objects.current()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def view_on_site(self, obj: Entry) -> str:
        return obj.jam.get_absolute_url()

    def save_model(self, request: HttpRequest, obj: Entry, form: Any, change: bool) -> None:
        if "chord_url" in form.changed_data:
            obj.chord_state = ChordState.UNKNOWN
        super().save_model(request, obj, form, change)
