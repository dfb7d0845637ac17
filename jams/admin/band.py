from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from core.admin import BoundedFormSet, ReadOnly
from jams.admin.host_scoped import HostScopedAdmin, RecentJamFilter
from jams.models import Band, Seat


class SeatInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]  # not generic at runtime
    """Who is in a band."""

    model = Seat
    formset = BoundedFormSet
    extra = 0
    fields = ["attendee", "instrument", "no_show", "seen_at", "waited_since"]
    readonly_fields = ["attendee", "instrument", "no_show", "seen_at", "waited_since"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("attendee")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Band)
class BandAdmin(ReadOnly, HostScopedAdmin):
    """Bands and acts, to look at. They are changed on the console: each step has conditions, an event and an undo."""

    list_display = ["__str__", "jam", "status", "place", "called_at", "started_at", "finished_at"]
    list_select_related = ["jam"]
    list_filter = ["status", RecentJamFilter]
    search_fields = ["name", "seats__attendee__name"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    fields = [
        "jam",
        ("name", "needs"),
        ("status", "place"),
        ("created_at", "called_at"),
        ("started_at", "finished_at"),
    ]
    inlines = [SeatInline]

    def view_on_site(self, obj: Band) -> str:
        """Lead to the console, where a host changes the band."""
        return reverse("host:console", args=[obj.jam.slug])


@admin.register(Seat)
class SeatAdmin(ReadOnly, HostScopedAdmin):
    """Who played what in which band, to look at."""

    to_jam = "band__jam"
    list_display = ["attendee", "instrument", "band", "no_show", "created_at"]
    list_select_related = ["attendee", "band__jam"]
    list_filter = ["no_show"]
    search_fields = ["attendee__name", "instrument"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    fields = ["band", "attendee", "instrument", "no_show", ("seen_at", "waited_since"), "created_at"]
