from django.contrib import admin

from core.admin import ReadOnly
from jams.admin.host_scoped import HostScopedAdmin, RecentJamFilter
from jams.models import Event


@admin.register(Event)
class EventAdmin(ReadOnly, HostScopedAdmin):
    list_display = ["at", "jam", "verb", "user", "attendee", "entry"]
    list_select_related = ["jam", "user", "attendee", "entry__song", "entry__jam"]
    list_filter = [RecentJamFilter]
    search_fields = ["verb"]
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
