from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from jamsite.admin import ArchiveAdmin
from songs.models import ChordState, Song, SongQuerySet


@admin.register(Song)
class SongAdmin(ArchiveAdmin):
    list_name = "songs"
    list_display = ["title", "artist", "key", "tempo", "times_played", "last_played_at", "archived"]
    list_filter = ["archived", "chord_state", "last_played_at"]
    search_fields = ["title", "artist"]
    ordering = ["title", "artist", "pk"]
    fields = [
        ("title", "artist"),
        ("key", "tempo"),
        "parts",
        "chord_url",
        "chord_state",
        "archived",
        ("times_played", "last_played_at", "created_at"),
    ]
    readonly_fields = ["chord_state", "times_played", "last_played_at", "created_at"]

    def get_search_results(
        self, request: HttpRequest, queryset: SongQuerySet, search_term: str
    ) -> tuple[SongQuerySet, bool]:
        """Search as the site does; a drop-down that puts songs on a set list leaves out archived ones."""
        if "field_name" in request.GET:
            queryset = queryset.current()
        return queryset.matching(search_term), False

    def save_model(self, request: HttpRequest, obj: Song, form: Any, change: bool) -> None:
        if "chord_url" in form.changed_data:
            obj.chord_state = ChordState.UNKNOWN
        super().save_model(request, obj, form, change)
