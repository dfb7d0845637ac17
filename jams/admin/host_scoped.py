"""Base classes that limit an admin to the jams of the current user."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import SiteAdmin
from core.querysets import is_pk
from jams.models import Jam
from venues.models import Venue, VenueQuerySet
from venues.policies import filter_plannable

MAX_RECENT_JAMS = 20


class HostScopedAdmin(SiteAdmin):
    """Shows and changes only objects of jams that the user hosts."""

    to_jam = "jam"  #: the path from the model to its jam

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        if request.user.is_superuser:
            return queryset
        return queryset.filter(**{f"{self.to_jam}__in": Jam.objects.shown_to(request.user)})

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and self._is_theirs(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_theirs(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_theirs(request, obj)

    def formfield_for_foreignkey(self, db_field: "models.ForeignKey[Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "venue":
            kwargs["queryset"] = self._filter_venues(request)
        if db_field.name == "jam":
            kwargs["queryset"] = Jam.objects.shown_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _filter_venues(self, request: HttpRequest) -> VenueQuerySet:
        """Return the venues where the user may plan nights, and the one where the night on this page is anyway."""
        match = request.resolver_match
        pk = match.kwargs.get("object_id", "") if match else ""
        now = self.model._base_manager.filter(pk=pk if is_pk(pk) else None)
        plannable = filter_plannable(Venue.objects.all(), request.user)
        return Venue.objects.filter(Q(pk__in=plannable.values("pk")) | Q(pk__in=now.values("venue")))

    def _is_theirs(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the user hosts the jam of `obj`; cached on the request, as one page checks it many times."""
        if obj is None or request.user.is_superuser:
            return True
        known: dict[Any, bool] = request.__dict__.setdefault("_theirs", {})
        if (self.model, obj.pk) not in known:
            known[self.model, obj.pk] = self.get_queryset(request).filter(pk=obj.pk).exists()
        return known[self.model, obj.pk]


class RecentJamFilter(admin.SimpleListFilter):
    """Filters by jam. Offers the user's latest jams; the URL may name any of their jams."""

    title = _("jam")
    parameter_name = "jam"
    to_jam = "jam"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        jams = Jam.objects.shown_to(request.user).order_by("-starts_at", "-pk")
        return [(str(pk), name) for pk, name in jams.values_list("pk", "name")[:MAX_RECENT_JAMS]]

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        value = self.value() or ""
        if not is_pk(value):
            return queryset
        return queryset.filter(**{f"{self.to_jam}__in": Jam.objects.filter(pk=value)})
