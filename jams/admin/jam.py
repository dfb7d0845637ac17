from datetime import tzinfo
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db import models
from django.db.models.fields import BLANK_CHOICE_DASH
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.exceptions import ActionError
from core.forms import MergingForm
from core.http.types import AuthenticatedRequest
from core.local_times import LocalDateTimeField
from core.pictures import PictureField
from core.querysets import is_pk
from core.showable import keep_showable
from jams.admin.entry import save_changed_entry
from jams.admin.host_scoped import HostScopedAdmin
from jams.admin.inlines import NewSongsInline, SetListInline
from jams.forms import JamTimesMixin
from jams.models import Jam, JamQuerySet, JamStatus, Voting
from jams.selectors.search import filter_jams
from jams.services import jam_settings, pictures
from jams.services.host_actions import JAM_STATUS_ACTIONS, SETTING_ACTIONS, change_settings
from songs.admin import PARTS_IN_WORDS
from venues.models import Venue

#: Form fields that must be changed with a host action, so that there is an event and an undo.
BY_ACTION = ("status", *SETTING_ACTIONS)
#: Fields that are not compared with the row: a file can't be sent back, and hosts are added and removed one by one.
NOT_COMPARED = {"background", "hosts"}


class JamForm(JamTimesMixin, MergingForm):
    """Offers the current status, and those that a console action leads to; after the end, settings are disabled."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        if "status" in self.fields:
            current = JamStatus(self.instance.status)
            reachable = [current, *(to for start, to in JAM_STATUS_ACTIONS if start == current)]
            field = cast("forms.ChoiceField", self.fields["status"])
            field.choices = [(status.value, status.label) for status in reachable]
        for name in SETTING_ACTIONS.keys() & self.fields.keys():
            self.fields[name].disabled = self.instance.is_over
            self._offer_no_default(name)
        if "hosts" in self.fields:
            self.fields["hosts"].show_hidden_initial = not self.is_bound or self.tells_what_was_shown("name")
        self.merge(self.fields.keys() - NOT_COMPARED)

    def tells_what_was_shown(self, name: str) -> bool:
        """Whether the data hold what the page showed; with another venue its times are on the clock of the old one."""
        moves = self.data.get("venue") != self.data.get(self.add_initial_prefix("venue"))
        is_time = isinstance(self.fields[name], LocalDateTimeField)
        return super().tells_what_was_shown(name) and not (moves and is_time)

    def clean_hosts(self) -> models.QuerySet[User]:
        """Add and remove only whom the page added and removed: somebody else may have added a host meanwhile."""
        chosen: models.QuerySet[User] = self.cleaned_data["hosts"]
        if not self.fields["hosts"].show_hidden_initial:
            return chosen
        data, name = cast("QueryDict", self.data), self.add_initial_prefix("hosts")
        data.setlist(name, data.getlist(name))  # without hosts nothing is sent, and the page must say so again
        shown = {int(pk) for pk in data.getlist(name) if is_pk(pk)}
        sent, stored = {host.pk for host in chosen}, {host.pk for host in self.initial["hosts"]}
        return User.objects.filter(pk__in=(stored - (shown - sent)) | (sent - shown))

    def _offer_no_default(self, name: str) -> None:
        """Preselect a blank choice for an unknown mode; a browser would send the first mode, which admits everyone."""
        field: Any = self.fields[name]
        choices = getattr(field, "choices", None)
        if choices and self.initial.get(name) not in dict(choices):
            field.choices = [*BLANK_CHOICE_DASH, *choices]


def _save_changed_jam(jam: Jam, form: JamForm, user: User) -> None:
    """Save the changed fields: settings and status with the actions of the console, all others directly.

    Unchanged fields are not written, or they would overwrite changes made since the form was opened.
    """
    wanted = {name: getattr(jam, name) for name in form.changed_data if name in BY_ACTION}
    columns = {field.name for field in Jam._meta.concrete_fields} - {*BY_ACTION}
    jam.save(update_fields=[*columns.intersection(form.changed_data), "words"])
    before, now = JamStatus(form.initial["status"]), timezone.now()
    change_settings(jam=jam, settings=wanted, user=user, now=now)
    if wanted.get("status", before) != before:
        JAM_STATUS_ACTIONS[before, JamStatus(wanted["status"])].run(jam=jam, user=user, now=now)


@admin.register(Jam)
class JamAdmin(HostScopedAdmin):
    """Jams. Times are entered and shown in the time zone of the venue."""

    form = JamForm
    to_jam = "pk"
    list_display = ["name", "venue", "when", "status", "voting", "songs"]
    list_filter = ["status", "voting", ("venue", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["name", "venue__name"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at", "-pk"]
    actions = ["open_voting", "close_voting"]
    autocomplete_fields = ["venue", "hosts"]
    prepopulated_fields = {"slug": ["name"]}
    formfield_overrides = {
        **PARTS_IN_WORDS,
        models.ImageField: {"form_class": PictureField},
        models.DateTimeField: {"form_class": LocalDateTimeField, "widget": LocalDateTimeField.widget},
    }
    inlines = [SetListInline, NewSongsInline]
    fieldsets = [
        (None, {"fields": ["name", "slug", "venue", ("starts_at", "ends_at"), "description", "background"]}),
        (_("Settings"), {"fields": [("status", "voting", "suggestions", "sign_ups")]}),
        (
            _("Sets"),
            {
                "fields": [
                    "format",
                    ("set_songs", "set_minutes", "changeover_minutes"),
                    "hard_stop_at",
                    "stage_plan",
                    "everyone_once_first",
                ]
            },
        ),
        (_("Rules"), {"fields": ["performing_limit", "musicians_edit_chords", "default_parts", "instrument_set"]}),
        (_("Afterwards"), {"fields": ["recap_public"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> JamQuerySet:
        jams = cast("JamQuerySet", super().get_queryset(request))
        return jams.for_list()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[JamQuerySet, bool]:
        """Search as the site does."""
        return filter_jams(queryset, search_term), False

    def get_fieldsets(self, request: HttpRequest, obj: Jam | None = None) -> Any:
        """Let only superusers change the hosts of a jam."""
        fieldsets = super().get_fieldsets(request, obj)
        return [*fieldsets, (_("Hosts"), {"fields": ["hosts"]})] if request.user.is_superuser else fieldsets

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        with timezone.override(self._zone(request, object_id)):
            response = super().changeform_view(request, object_id, *args, **kwargs)
            return response.render() if hasattr(response, "render") else response

    def save_model(self, request: HttpRequest, obj: Jam, form: Any, change: bool) -> None:
        if not change:
            super().save_model(request, obj, form, change)
            return
        user = cast("User", request.user)  # the admin lets nobody else in
        _save_changed_jam(obj, form, user)
        if "background" in form.changed_data:
            pictures.delete_picture(form.initial["background"])

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for entry in formset.deleted_objects:
            entry.delete()
        for entry in formset.new_objects:
            entry.save()
        changed = {entry.pk for entry, _fields in formset.changed_objects}
        for row in formset.forms:
            if row.instance.pk in changed:
                save_changed_entry(row.instance, row, request.user)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Make a staff user who creates a jam its host."""
        super().save_related(request, form, formsets, change)
        if not change and not request.user.is_superuser:
            form.instance.hosts.add(request.user)

    def delete_model(self, request: HttpRequest, obj: Jam) -> None:
        super().delete_model(request, obj)
        pictures.delete_picture(obj.background)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Jam]) -> None:
        backgrounds = [jam.background for jam in queryset]
        super().delete_queryset(request, queryset)
        for background in backgrounds:
            pictures.delete_picture(background)

    @admin.action(permissions=["change"], description=_("Open voting"))
    def open_voting(self, request: AuthenticatedRequest, queryset: models.QuerySet[Jam]) -> None:
        self._set_voting(request, queryset.filter(voting=Voting.CLOSED), Voting.EVERYONE)

    @admin.action(permissions=["change"], description=_("Close voting"))
    def close_voting(self, request: AuthenticatedRequest, queryset: models.QuerySet[Jam]) -> None:
        self._set_voting(request, queryset, Voting.CLOSED)

    @admin.display(description=_("when"), ordering="starts_at")
    def when(self, jam: Jam) -> str:
        """Return the start; the row stays in the list although it cannot be shown, so that somebody can mend it."""
        return (
            date_format(jam.local_start, "SHORT_DATETIME_FORMAT") if keep_showable([jam]) else gettext("can't be shown")
        )

    @admin.display(description=_("songs"))
    def songs(self, jam: Any) -> int:
        return int(jam.song_count)

    def view_on_site(self, obj: Jam) -> str:
        return obj.get_absolute_url()

    def _set_voting(self, request: AuthenticatedRequest, jams: models.QuerySet[Jam], voting: Voting) -> None:
        changed = 0
        for jam in jams:
            try:
                changed += bool(jam_settings.set_voting(jam=jam, voting=voting, user=request.user, now=timezone.now()))
            except ActionError as refusal:
                self.message_user(request, f"{jam}: {refusal}", messages.WARNING)
        sentence = ngettext("Voting changed for %(count)d jam.", "Voting changed for %(count)d jams.", changed)
        self.message_user(request, sentence % {"count": changed}, messages.SUCCESS)

    def _zone(self, request: HttpRequest, object_id: str | None) -> tzinfo:
        """Return the time zone of the venue chosen in the form, or else of the jam's venue."""
        chosen = request.POST.get("venue", "")
        if is_pk(chosen):
            venues = Venue.objects.filter(pk=chosen)
        else:
            venues = (
                Venue.objects.filter(jams__pk=object_id) if object_id and is_pk(object_id) else Venue.objects.none()
            )
        venue = venues.first()
        return venue.zone if venue else timezone.get_default_timezone()
