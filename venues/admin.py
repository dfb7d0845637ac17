from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.admin import ArchiveAdmin, AutocompleteMixin, BoundedFormSet
from core.forms import CheckedForm
from core.pictures import PictureField, delete_file
from venues.models import Membership, Venue, VenueQuerySet
from venues.policies import filter_changeable, filter_plannable
from venues.selectors import filter_venues
from venues.services import start_team


class TeamInline(AutocompleteMixin, admin.TabularInline):  # type: ignore[type-arg]  # not generic at runtime
    """The team of a venue, for administrators; managers have a page of their own, under /host/."""

    model = Membership
    form = CheckedForm
    formset = BoundedFormSet
    extra = 0
    autocomplete_fields = ["user"]
    verbose_name_plural = _("team")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(Venue)
class VenueAdmin(ArchiveAdmin):
    """Venues. Everybody sees all of them; `venues.policies` decides who may change one."""

    list_name = "venues"
    list_display = ["name", "address", "time_zone", "archived"]
    list_filter = ["archived", "time_zone"]
    search_fields = ["name", "address"]
    ordering = ["name_order", "pk"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [TeamInline]
    fields = [
        *("name", "slug", "address", "time_zone", "description", "how_to_sign_up", "backline", "house_rules"),
        *("picture", "colour", "archived"),
    ]
    formfield_overrides = {models.ImageField: {"form_class": PictureField}}

    def save_model(self, request: HttpRequest, obj: Venue, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "picture" in form.changed_data:
            delete_file(form.initial["picture"])

    def delete_model(self, request: HttpRequest, obj: Venue) -> None:
        super().delete_model(request, obj)
        delete_file(obj.picture)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Venue]) -> None:
        pictures = [venue.picture for venue in queryset]
        super().delete_queryset(request, queryset)
        for picture in pictures:
            delete_file(picture)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[VenueQuerySet, bool]:
        """Search as the site does; a field for the venue of a night offers those where the user may plan one."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            queryset = filter_plannable(queryset, request.user)
        return filter_venues(queryset, search_term), False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the user may add venues here. Who may only add one of their own has a page under /host/ for it."""
        return super().has_add_permission(request) and request.user.has_perm("venues.change_venue")

    def has_change_permission(self, request: HttpRequest, obj: Venue | None = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_theirs(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Venue | None = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_theirs(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuse to delete a selection that includes venues of other teams."""
        texts, found, lacking, protected = super().get_deleted_objects(objs, request)
        if not all(self._is_theirs(request, venue) for venue in objs):
            lacking = {*lacking, self.opts.verbose_name}
        return texts, found, lacking, protected

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            start_team(venue=form.instance, user=cast("User", request.user))

    def _set_archived(self, request: Any, queryset: Any, *, archived: bool) -> None:
        super()._set_archived(request, filter_changeable(queryset, request.user), archived=archived)

    def _is_theirs(self, request: HttpRequest, venue: Venue | None) -> bool:
        """Whether the user may change `venue`; cached on the request, as one page checks it many times."""
        if venue is None or venue.pk is None or request.user.is_superuser:
            return True
        known: dict[Any, bool] = request.__dict__.setdefault("_venues", {})
        if venue.pk not in known:
            known[venue.pk] = filter_changeable(Venue.objects.filter(pk=venue.pk), request.user).exists()
        return known[venue.pk]
