from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from core.forms import CheckedForm
from jams.admin.host_scoped import HostScopedAdmin, RecentJamFilter
from jams.models import Attendee
from jams.services.host_people import rename_person


class AttendeeForm(CheckedForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            # Nobody loses a name here: their parts would be those of somebody without one.
            self.fields["name"].required = self.instance.browser is None or bool(self.instance.name)


@admin.register(Attendee)
class AttendeeAdmin(HostScopedAdmin):
    """Attendees of a jam. The keys of their browsers are never shown."""

    form = AttendeeForm
    list_display = ["__str__", "jam", "created_at"]
    list_select_related = ["jam"]
    list_filter = [RecentJamFilter, ("name", admin.EmptyFieldListFilter)]
    search_fields = ["name"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    autocomplete_fields = ["jam"]
    fields = ["jam", "name", "created_at"]
    readonly_fields = ["created_at"]

    def save_model(self, request: HttpRequest, obj: Attendee, form: Any, change: bool) -> None:
        """Rename a musician as the console does, with an event; otherwise save directly."""
        before = form.initial.get("name")
        if change and before and obj.name and "name" in form.changed_data and not obj.left_at and not obj.jam.is_over:
            user = cast("User", request.user)  # the admin lets nobody else in
            rename_person(jam=obj.jam, name=before, to=obj.name, user=user, now=timezone.now())
        else:
            super().save_model(request, obj, form, change)

    def get_readonly_fields(self, request: HttpRequest, obj: Attendee | None = None) -> list[str]:
        """Make the jam read-only for existing attendees: their votes and songs belong to it."""
        return [*super().get_readonly_fields(request, obj), *(["jam"] if obj else [])]
