from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.models import User
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.exceptions import ActionError
from core.forms import CheckedForm
from core.pictures import PictureField
from core.showable import keep_showable
from jams.admin.host_scoped import HostScopedAdmin
from jams.forms import CAN_BE_EMPTY, RANGES, make_house_band_field
from jams.models import Jam, Series, SeriesQuerySet
from jams.services import pictures
from jams.services.series import CHOSEN, change_series, delete_series, get_night_settings, make_nights
from songs.forms import PartsField

_NIGHT = forms.fields_for_model(
    Jam, CHOSEN, widgets={"stage_plan": AdminTextInputWidget}, field_classes={"stage_plan": PartsField}
)


class SeriesAdminForm(CheckedForm):
    """A series with the settings of each of its nights, which are columns of a jam."""

    format = _NIGHT["format"]
    set_songs = _NIGHT["set_songs"]
    set_minutes = _NIGHT["set_minutes"]
    changeover_minutes = _NIGHT["changeover_minutes"]
    stage_plan = _NIGHT["stage_plan"]
    everyone_once_first = _NIGHT["everyone_once_first"]
    instrument_set = _NIGHT["instrument_set"]
    house_band = make_house_band_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**get_night_settings(self.instance), **self.initial}
        for name, allowed in RANGES.items():
            self.fields[name].validators += [MinValueValidator(allowed[0]), MaxValueValidator(allowed[-1])]

    def get_settings(self) -> dict[str, Any]:
        """Return the settings that somebody has changed on the page, by name."""
        changed = {name: self.cleaned_data[name] for name in CHOSEN if name in self.changed_data}
        return {name: value for name, value in changed.items() if name in CAN_BE_EMPTY or value not in (None, "")}


@admin.register(Series)
class SeriesAdmin(HostScopedAdmin):
    """Series. A change holds from today on, as on the hosts' own page."""

    form = SeriesAdminForm
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
        (
            _("Each night begins with"),
            {
                "fields": [
                    "songs",
                    "format",
                    ("set_songs", "set_minutes", "changeover_minutes"),
                    "stage_plan",
                    "everyone_once_first",
                    "instrument_set",
                    "house_band",
                ]
            },
        ),
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
            obj.switches = form.get_settings()
            super().save_model(request, obj, form, change)
            return
        columns = {field.name for field in Series._meta.concrete_fields}
        values = {name: getattr(obj, name) for name in columns.intersection(form.changed_data)}
        now = timezone.now()
        stored = Series.objects.select_related("venue").get(pk=obj.pk)
        since = now.astimezone(stored.venue.zone).date()
        change_series(series=stored, since=since, settings=form.get_settings(), now=now, **values)
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
        return series.describe_rule() if keep_showable([series]) else gettext("can't be shown")

    def view_on_site(self, obj: Series) -> str:
        return obj.get_absolute_url()
