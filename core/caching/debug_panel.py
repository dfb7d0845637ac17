"""A panel of the debug toolbar: what the cache did in this process since it started, by group of keys."""

from typing import Any

from debug_toolbar.panels import Panel
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.caching import generations


class GenerationsPanel(Panel):
    title = _("Generation cache")
    nav_title = _("Generation cache")
    template = "debug/generations.html"

    @property
    def nav_subtitle(self) -> str:
        stats = self.get_stats()  # type: ignore[no-untyped-call]  # the toolbar has no types
        built = sum(group["misses"] for group in stats.get("groups", []))
        return ngettext("%(n)d value built", "%(n)d values built", built) % {"n": built}

    def generate_stats(self, request: HttpRequest, response: HttpResponse) -> None:
        groups: list[dict[str, Any]] = [
            {"name": name, **vars(stats)} for name, stats in generations.read_statistics().items()
        ]
        self.record_stats({"groups": groups})  # type: ignore[no-untyped-call]  # the toolbar has no types
