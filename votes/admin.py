from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from jams.admin.own import OwnAdmin, ReadOnly, RecentJamFilter
from votes.models import Vote


class VotesOfJamFilter(RecentJamFilter):
    to_jam = "entry__jam"


@admin.register(Vote)
class VoteAdmin(ReadOnly, OwnAdmin):
    """Votes are the listeners' own: hosts look, an administrator may remove."""

    to_jam = "entry__jam"
    list_display = ["created_at", "entry", "attendee"]
    list_select_related = ["entry__song", "entry__jam", "attendee"]
    list_filter = [VotesOfJamFilter]
    search_fields = ["entry__song__title", "attendee__name"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser
