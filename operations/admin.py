"""Recent errors and backups, only for administrators."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin import ReadOnlySuperuserAdmin
from operations.models import Backup, ErrorReport


@admin.register(ErrorReport)
class ErrorReportAdmin(ReadOnlySuperuserAdmin):
    list_display = ["last_at", "kind", "message", "place", "count", "request_id"]
    list_display_links = ["kind"]
    search_fields = ["kind", "message", "place", "request_id"]
    ordering = ["-last_at", "-pk"]
    fields = ["kind", "message", "place", "count", ("first_at", "last_at"), "request_id", "traceback"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to delete errors that have been fixed."""
        return self.is_superuser(request)


@admin.register(Backup)
class BackupAdmin(ReadOnlySuperuserAdmin):
    list_display = ["at", "file", "size", "error"]
    ordering = ["-at", "-pk"]
