from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.exceptions import ActionError
from core.forms import CheckedForm
from core.pictures import PictureField
from jams.admin.host_scoped import HostScopedAdmin
from jams.models import Series, SeriesQuerySet
from jams.services import pictures
from jams.services.series import change_series, delete_series, make_nights


@admin.register(Series)
class SeriesAdmin(HostScopedAdmin):
    """Series. A change holds from today on, as on the hosts' own page."""

    form = CheckedForm
    list_display = ["name", "venue", "words", "first_on", "last_on", "code"]
    list_select_related = ["venue"]
    search_fields = ["name"]
    ordering = ["name_order", "pk"]
    autocomplete_fields = ["venue", "songs", "hosts"]
    readonly_fields = ["code"]
    formfield_overrides = {models.ImageField: {"form_class": PictureField}}
    fieldsets = [
        (None, {"fields": ["name", "venue", "code", "description", "background"]}),
        (_("When"), {"fields": ["rule", ("first_on", "last_on"), ("starts_at", "ends_at"), "hard_stop"]}),
        (_("Each night begins with"), {"fields": ["songs"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        series = cast("SeriesQuerySet", super(HostScopedAdmin, self).get_queryset(request))
        return series.shown_to(request.user)

    def get_fieldsets(self, request: HttpRequest, obj: Series | None = None) -> Any:
        """Let only superusers change the hosts of a series."""
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, (_("Hosts"), {"fields": ["hosts"]})] if request.user.is_superuser else fieldsets

    def save_model(self, request: HttpRequest, obj: Series, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in Series._meta.concrete_fields}
        values = {name: getattr(obj, name) for name in columns.intersection(form.changed_data)}
        now = timezone.now()
        stored = Series.objects.select_related("venue").get(pk=obj.pk)
        change_series(series=stored, since=now.astimezone(stored.venue.zone).date(), now=now, **values)
        if "background" in form.changed_data:
            pictures.delete_picture(form.initial["background"])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Make a staff user who creates a series its host, and make its nights."""
        super().save_related(request, form, formsets, change)
        if not change:
            if not request.user.is_superuser:
                form.instance.hosts.add(request.user)
            make_nights(series=form.instance, now=timezone.now())

    def delete_model(self, request: HttpRequest, obj: Series) -> None:
        try:
            delete_series(series=obj, user=cast("User", request.user))
        except ActionError as refusal:
            self.message_user(request, f"{obj}: {refusal}", messages.WARNING)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Series]) -> None:
        for series in queryset:
            self.delete_model(request, series)

    @admin.display(description=_("repeats"), ordering="rule")
    def words(self, series: Series) -> str:
        return series.describe_rule()

    def view_on_site(self, obj: Series) -> str:
        return obj.get_absolute_url()
