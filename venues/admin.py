from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin import ArchiveAdmin
from venues.models import Venue, VenueQuerySet
from venues.selectors import filter_venues


@admin.register(Venue)
class VenueAdmin(ArchiveAdmin):
    list_name = "venues"
    list_display = ["name", "address", "time_zone", "archived"]
    list_filter = ["archived", "time_zone"]
    search_fields = ["name", "address"]
    ordering = ["name", "pk"]
    prepopulated_fields = {"slug": ["name"]}
    fields = ["name", "slug", "address", "time_zone", "description", "archived"]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[VenueQuerySet, bool]:
        """Search as the site does."""
        return filter_venues(queryset, search_term), False
