from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from core.admin import ArchiveAdmin, SiteAdmin
from songs.fields import SEARCHED, SONG_FIELDS
from songs.forms import PartsField
from songs.models import ChordState, Instrument, Song, SongQuerySet
from songs.selectors.search import filter_songs
from songs.views import imports

PARTS_IN_WORDS: Any = {
    models.JSONField: {
        "form_class": PartsField,
        "widget": AdminTextInputWidget,
        "help_text": _("For example: vocals, 2 guitars, bass, drums, tenor sax? (a question mark means optional)."),
    }
}


@admin.register(Song)
class SongAdmin(ArchiveAdmin):
    list_name = "songs"
    list_display = [field.name for field in SONG_FIELDS if field.in_admin_list]
    list_filter = ["archived", "chord_state", "last_played_at"]
    search_fields = SEARCHED
    ordering = ["title_order", "artist_order", "pk"]
    readonly_fields = ["chord_state", *(field.name for field in SONG_FIELDS if not field.editable)]
    fields = [*(field.name for field in SONG_FIELDS if field.editable), *readonly_fields]
    formfield_overrides = PARTS_IN_WORDS

    def get_urls(self) -> list[URLPattern]:
        pages = [
            ("import/", imports.upload_file, "import"),
            ("import/<int:pk>/", imports.show_import, "import_detail"),
            ("import/<int:pk>/confirm/", imports.confirm_import, "import_confirm"),
            ("import/<int:pk>/reading/", imports.read_again, "import_reading"),
            ("import/<int:pk>/refused.csv", imports.download_refused, "import_refused"),
        ]
        own = [path(where, self.admin_site.admin_view(view), name=f"songs_song_{name}") for where, view, name in pages]
        return own + super().get_urls()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[SongQuerySet, bool]:
        """Search as the site does; a drop-down that puts songs on a set list leaves out archived ones."""
        if "field_name" in request.GET:
            queryset = queryset.current()
        return filter_songs(queryset, search_term), False

    def save_model(self, request: HttpRequest, obj: Song, form: Any, change: bool) -> None:
        if "chord_url" in form.changed_data:
            obj.chord_state = ChordState.UNKNOWN
        super().save_model(request, obj, form, change)


@admin.register(Instrument)
class InstrumentAdmin(SiteAdmin):
    """Nobody deletes an instrument, because songs and musicians name it by its slug; it can be offered no longer."""

    list_display = ["name", "slug", "family", "transposition", "sort_order", "is_active"]
    list_filter = ["family", "is_active"]
    search_fields = ["name", "slug", "aliases"]
    ordering = ["sort_order", "pk"]
    prepopulated_fields = {"slug": ["name"]}
    fields = ["name", "slug", "family", "transposition", "aliases", "sort_order", "is_active"]

    def has_delete_permission(self, request: HttpRequest, obj: Instrument | None = None) -> bool:
        return False
