"""Forms for a jam: its times, in the admin and on the pages for hosts; its plan and its songs, on those pages."""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.exceptions import Invalid
from core.forms import CheckedForm
from core.local_times import LocalDateTimeField, read_local_time
from core.recurrence import Recurrence, choose_monthly_rule
from jams.models import Jam, Series
from songs.services.pasted_songs import MAX_CHARACTERS, PastedList, read_pasted_songs
from venues.models import Venue

TIMES = ("starts_at", "ends_at")
NEW_VENUE = "new"  # instead of the id of a venue
LAST_NIGHT = "last"  # instead of the slug of a night
_DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
_TIME = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class JamTimesMixin(forms.BaseModelForm):  # type: ignore[type-arg]  # not generic at runtime
    """The start and end of a jam in the current time zone, which is that of the venue."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        for name in TIMES:
            if name in self.fields:
                self.fields[name].help_text = self.describe_zone(zone)

    def describe_zone(self, zone: str) -> str:
        """Return the sentence beside the times; `zone` is the current one."""
        return _("Local time at the venue (%(zone)s).") % {"zone": zone}

    def clean(self) -> dict[str, Any] | None:
        """Keep a time that was not touched to the second, and read a doubled end as the one after the start."""
        cleaned = super().clean() or self.cleaned_data
        for name in TIMES:
            if self.instance.pk and name in cleaned and name not in self.changed_data:
                cleaned[name] = self.initial[name]
        start, end = (cleaned.get(name) for name in TIMES)
        if start and end and "ends_at" in self.changed_data:
            naive = end.replace(tzinfo=None)
            cleaned["ends_at"] = read_local_time(naive, end.tzinfo, after=start)
        return cleaned


class PlanForm(JamTimesMixin, CheckedForm):
    """Name, venue, start and end of a night; with `sources`, also where its songs come from.

    Times are typed and shown in the current time zone, which has to be that of the venue.
    """

    venue = forms.ChoiceField(label=gettext_lazy("venue"))
    songs_from = forms.ChoiceField(label=gettext_lazy("songs"), required=False)

    class Meta:
        model = Jam
        fields = ("name", *TIMES, "format")
        labels = {"name": gettext_lazy("name of the night")}
        field_classes = dict.fromkeys(TIMES, LocalDateTimeField)
        widgets = dict.fromkeys(TIMES, LocalDateTimeField.widget)

    def __init__(
        self, *args: Any, venues: list[Venue], can_add_venue: bool, sources: Iterable[Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.venues = {str(venue.pk): venue for venue in venues}
        venue = cast("forms.ChoiceField", self.fields["venue"])
        new = [(NEW_VENUE, _("A new venue"))] if can_add_venue else []
        venue.choices = [*((pk, f"{place.name} ({place.time_zone})") for pk, place in self.venues.items()), *new]
        if self.instance.pk:
            del self.fields["format"]  # from now on a setting on the console, with undo
        else:
            self.fields["format"].required = False  # a song list, unless somebody says otherwise
        if sources is None:
            del self.fields["songs_from"]
        else:
            self.sources = {jam.slug: jam for jam in sources}
            songs = cast("forms.ChoiceField", self.fields["songs_from"])
            last = [(LAST_NIGHT, _("Last time at this venue"))] if self.venues else []
            songs.choices = [("", _("None yet")), *last, *map(_offer_songs, self.sources.values())]

    @property
    def wants_new_venue(self) -> bool:
        return str(self["venue"].value()) == NEW_VENUE

    def get_venue(self) -> Venue | None:
        """Return the chosen venue; None for a new one."""
        return self.venues.get(self.cleaned_data["venue"])


class SeriesForm(CheckedForm):
    """A series: its name, venue, days and times. A new one begins on its first night, another changes from a day on.

    The rule is a choice of words; the weekday is that of the first day, or of the day from which on it changes.
    """

    KEEP = ""  # leave the rule as it is
    REPEATS = (
        ("1", gettext_lazy("every week")),
        ("2", gettext_lazy("every other week")),
        ("3", gettext_lazy("every three weeks")),
        ("4", gettext_lazy("every four weeks")),
        ("nth", gettext_lazy("every month on the same weekday, such as the second Thursday")),
        ("last", gettext_lazy("every month on the last such weekday")),
    )

    field_order = ("name", "venue", "since", "first_on", "starts_at", "ends_at", "repeats", "last_on", "description")

    venue = forms.ChoiceField(label=gettext_lazy("venue"))
    since = forms.DateField(label=gettext_lazy("change from this night on"), widget=_DATE)
    repeats = forms.ChoiceField(label=gettext_lazy("repeats"), required=False)

    class Meta:
        model = Series
        fields = ("name", "first_on", "starts_at", "ends_at", "last_on", "description")
        labels = {"name": gettext_lazy("name of the night")}
        help_texts = {"starts_at": gettext_lazy("On the clock at the venue, all year round.")}
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "first_on": _DATE,
            "last_on": _DATE,
            "starts_at": _TIME,
            "ends_at": _TIME,
        }

    def __init__(self, *args: Any, venues: list[Venue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.venues = {str(venue.pk): venue for venue in venues}
        _choices(self, "venue", [(pk, place.name) for pk, place in self.venues.items()])
        if self.instance.pk:
            del self.fields["first_on"]
            _choices(self, "repeats", [(self.KEEP, self.instance.describe_rule()), *self.REPEATS])
        else:
            del self.fields["since"], self.fields["last_on"], self.fields["description"]
            _choices(self, "repeats", self.REPEATS)

    def clean(self) -> dict[str, Any] | None:
        """Turn the choice into a rule, and the id into a venue."""
        cleaned = super().clean() or self.cleaned_data
        day, repeats = cleaned.get("since") or cleaned.get("first_on"), cleaned.pop("repeats", self.KEEP)
        if "venue" in cleaned:
            cleaned["venue"] = self.venues[cleaned["venue"]]
        if day and repeats != self.KEEP:
            cleaned["rule"] = str(_choose_rule(day, repeats))
        return cleaned


def _choices(form: forms.BaseForm, name: str, choices: Any) -> None:
    cast("forms.ChoiceField", form.fields[name]).choices = choices


def _choose_rule(day: date, repeats: str) -> Recurrence:
    """Return the rule of nights like that on `day`, by a choice of `SeriesForm.REPEATS`."""
    if repeats.isdigit():
        return Recurrence("WEEKLY", int(repeats), ((0, day.weekday()),))
    return choose_monthly_rule(day, is_last=repeats == "last")


class LinesForm(forms.Form):
    """A pasted list of songs; `cleaned_data["lines"]` is a `PastedList`."""

    lines = forms.CharField(
        label=gettext_lazy("songs"), max_length=MAX_CHARACTERS, strip=False, widget=forms.Textarea(attrs={"rows": 12})
    )

    def clean_lines(self) -> PastedList:
        try:
            return read_pasted_songs(self.cleaned_data["lines"])
        except Invalid as error:
            raise ValidationError(str(error)) from None


def _offer_songs(jam: Any) -> tuple[str, str]:
    """Return the choice of a jam from `Jam.objects.for_list()`."""
    day = date_format(jam.local_start, _("j M Y"))
    words = ngettext("%(jam)s, %(day)s (%(n)d song)", "%(jam)s, %(day)s (%(n)d songs)", jam.song_count)
    return jam.slug, words % {"jam": jam.name, "day": day, "n": jam.song_count}
