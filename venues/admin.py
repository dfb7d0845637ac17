from django.contrib import admin

from core.admin import ArchiveAdmin
from venues.models import Venue


@admin.register(Venue)
class VenueAdmin(ArchiveAdmin):
    list_name = "venues"
    list_display = ["name", "address", "time_zone", "archived"]
    list_filter = ["archived", "time_zone"]
    search_fields = ["name", "address"]
    ordering = ["name", "pk"]
    prepopulated_fields = {"slug": ["name"]}
    fields = ["name", "slug", "address", "time_zone", "description", "archived"]
