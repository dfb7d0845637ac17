from typing import Any, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import BoundedFormSet
from core.forms import CheckedForm, MergingForm
from jams.admin.host_scoped import HostScopedAdmin, RecentJamFilter
from jams.models import Attendee, Entry, EntryStatus, Performance
from jams.services.host_actions import ENTRY_STATUS_ACTIONS
from jams.services.host_people import add_performer, mark_no_show, mark_turned_up, takes_performers
from jams.services.sign_ups import get_claimed_entries
from songs.instruments import OTHER
from songs.models import ChordState, Song
from songs.selectors.instruments import list_all_choices

INITIAL_STATUSES = (EntryStatus.QUEUED, EntryStatus.SUGGESTED, EntryStatus.SKIPPED, EntryStatus.HIDDEN)


class EntryForm(MergingForm):
    """Offers the current status, and those that a console action leads to from it.

    The page sends the status that it showed as well, so one that nobody chose there stays as it is now. A link to a
    chord sheet that somebody else has changed meanwhile is not replaced without asking.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            self._limit_statuses()
        if self.instance.pk is not None:
            self.merge(self.fields.keys() & {"chord_url"})

    def _limit_statuses(self) -> None:
        """Offer the statuses that can be reached."""
        current = EntryStatus(self.instance.status)
        is_new = self.instance.pk is None
        reachable = (
            INITIAL_STATUSES if is_new else [current, *(to for start, to in ENTRY_STATUS_ACTIONS if start == current)]
        )
        field = cast("forms.ChoiceField", self.fields["status"])
        field.choices = [(status.value, status.label) for status in reachable]
        field.disabled = not is_new and (len(reachable) == 1 or self.instance.jam.is_over)
        if not is_new:
            self._keep_untouched_status(field, current)

    def _keep_untouched_status(self, field: forms.ChoiceField, current: EntryStatus) -> None:
        name, initial = self.add_prefix("status"), self.add_initial_prefix("status")
        shown = self.data.get(initial)
        field.show_hidden_initial = not self.is_bound or shown is not None
        if shown is not None and self.data.get(name) == shown != current:
            self.data = cast("QueryDict", self.data).copy()
            self.data[name] = self.data[initial] = current.value

    def clean(self) -> dict[str, Any]:
        """Set `on_deck_at` for a song put on deck: the constraint is validated before the action sets it."""
        super().clean()
        values = self.cleaned_data
        if values.get("status") == EntryStatus.ON_DECK:
            self.instance.on_deck_at = self.instance.on_deck_at or timezone.now()
        return values


def save_changed_entry(entry: Entry, form: "forms.ModelForm[Any]", user: Any) -> None:
    """Save the changed fields of `entry`; change its status with the same action as the console."""
    wanted, before = entry.status, form.initial["status"] if "status" in form.changed_data else entry.status
    entry.status = before
    entry.save(update_fields=[name for name in (*form.changed_data, "chord_state") if name != "status"])
    if wanted != before:
        action = ENTRY_STATUS_ACTIONS[EntryStatus(before), EntryStatus(wanted)]
        action.run(jam=entry.jam, entry=entry, user=user, now=timezone.now())


class PerformanceForm(CheckedForm):
    part = forms.ChoiceField(label=_("part"), choices=list_all_choices)

    def clean(self) -> dict[str, Any]:
        super().clean()
        values = self.cleaned_data
        self._check_limit(values.get("attendee"))
        if values.get("other_part") and values.get("part") != OTHER:
            self.add_error("other_part", _("Only fill this in for the part “other”."))
        return values

    def _check_limit(self, attendee: Attendee | None) -> None:
        """Add a form error where `add_performer` would raise Conflict."""
        if attendee is None or self.instance.pk or not takes_performers(self.instance.entry):
            return
        jam = self.instance.entry.jam
        attendee.jam = jam
        if jam.is_over:
            self.add_error(None, _("This night has been cancelled.") if jam.is_cancelled else _("This jam has ended."))
        elif len(get_claimed_entries(attendee) - {self.instance.entry_id}) >= jam.performing_limit:
            sentence = gettext("%(name)s is already signed up for as many songs as this jam allows.")
            self.add_error("attendee", sentence % {"name": attendee.name})


class PerformanceInline(admin.TabularInline):  # type: ignore[type-arg]  # not generic at runtime
    """The performers of a song; offers only people at its jam."""

    model = Performance
    form = PerformanceForm
    formset = BoundedFormSet
    extra = 0
    fields = ["attendee", "part", "other_part", "no_show"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("attendee")

    def get_formset(self, request: HttpRequest, obj: Entry | None = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        field: Any = formset.form.base_fields.get("attendee")
        if field and obj:
            field.queryset = obj.jam.attendees.exclude(name="").order_by("name_order", "pk")
            field.choices = list(field.choices)  # evaluated once for all rows
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return formset


@admin.register(Entry)
class EntryAdmin(HostScopedAdmin):
    form = EntryForm
    list_display = ["song", "jam", "status", "created_at", "finished_at"]
    list_select_related = ["song", "jam"]
    list_filter = ["status", RecentJamFilter]
    search_fields = ["song__title", "song__artist"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    autocomplete_fields = ["jam", "song"]
    fields = [
        "jam",
        "song",
        "status",
        "chord_url",
        ("suggested_by", "created_at"),
        ("on_deck_at", "started_at", "finished_at"),
    ]
    readonly_fields = ["suggested_by", "created_at", "on_deck_at", "started_at", "finished_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Entry | None = None) -> list[str]:
        """Make jam and song read-only for existing entries: their votes are for this song at this jam."""
        return [*super().get_readonly_fields(request, obj), *(["jam", "song"] if obj else [])]

    def get_inlines(self, request: HttpRequest, obj: Entry | None) -> list[Any]:
        return [PerformanceInline] if obj else []

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "song":
            kwargs["queryset"] = Song.objects.current()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def view_on_site(self, obj: Entry) -> str:
        return obj.jam.get_absolute_url()

    def save_model(self, request: HttpRequest, obj: Entry, form: Any, change: bool) -> None:
        if "chord_url" in form.changed_data:
            obj.chord_state = ChordState.UNKNOWN
        if change:
            save_changed_entry(obj, form, request.user)
        else:
            super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Add performers and mark no-shows through the same services as the console."""
        formset.save(commit=False)
        for performance in formset.deleted_objects:
            performance.delete()
        for performance in formset.new_objects:
            _add_performance(performance, request.user)
        for performance, changed in formset.changed_objects:
            _change_performance(performance, changed, request.user)


def _add_performance(performance: Performance, user: Any) -> None:
    """Add a performer; for a song that has been played or taken off, only correct the record, without an event."""
    if not takes_performers(performance.entry):
        performance.save()
        return
    add_performer(
        entry=performance.entry,
        attendee=performance.attendee,
        part=performance.part,
        other_part=performance.other_part,
        user=user,
        now=timezone.now(),
    )


def _change_performance(performance: Performance, changed: list[str], user: Any) -> None:
    entry = performance.entry
    if plain := [name for name in changed if name != "no_show" or entry.jam.is_over]:
        performance.save(update_fields=plain)
    if "no_show" in changed and not entry.jam.is_over:
        mark = mark_no_show if performance.no_show else mark_turned_up
        mark(jam=entry.jam, entry=entry, name=performance.attendee.name, user=user, now=timezone.now())
