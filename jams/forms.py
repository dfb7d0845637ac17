"""Forms for a jam: its times, in the admin and on the pages for hosts; its plan and its songs, on those pages."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.exceptions import Invalid
from core.forms import CheckedForm
from core.local_times import LocalDateTimeField, find_next_time, read_local_time
from core.recurrence import Recurrence, choose_monthly_rule
from jams.models import Format, Jam, Series
from jams.services.house_band import read_house_band, write_house_band
from jams.services.jam_settings import CHANGEOVER_MINUTES, SET_MINUTES, SET_SONGS
from songs.cells import decode, guess_encoding
from songs.forms import PartsField
from songs.services.pasted_songs import MAX_CHARACTERS, MAX_LINES, PastedList, read_pasted_songs
from venues.models import Venue

TIMES = ("starts_at", "ends_at")
RANGES = {"set_songs": SET_SONGS, "set_minutes": SET_MINUTES, "changeover_minutes": CHANGEOVER_MINUTES}
SETS = (*RANGES, "stage_plan")
CAN_BE_EMPTY = ("set_minutes", "stage_plan")
NEW_VENUE = "new"  # instead of the id of a venue
LAST_NIGHT = "last"  # instead of the slug of a night
LIST = "list"  # instead of the slug of a night
MAX_FILE = 4 * MAX_CHARACTERS  # bytes
LONGEST_NIGHT = timedelta(hours=12)  # when an end that is earlier than the start is taken for one after midnight
_DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
_PARTS = forms.TextInput(attrs={"placeholder": "vocals, 2 guitars, bass, drums, keys?"})
_TIME = forms.TimeInput(format="%H:%M", attrs={"type": "time"})


def show_clock(moment: datetime) -> time:
    """Return what the clock in the current time zone shows at `moment`, to the minute."""
    return timezone.localtime(moment).time().replace(second=0, microsecond=0)


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
        """Keep a time that was not touched to the second, and read an end as the one after the start.

        It may be one of two hours that the clock doubles, or one after midnight with the day of the start.
        """
        cleaned = super().clean() or self.cleaned_data
        for name in TIMES:
            if self.instance.pk and name in cleaned and name not in self.changed_data:
                cleaned[name] = self.initial[name]
        start, end = (cleaned.get(name) for name in TIMES)
        if start and end and ("ends_at" in self.changed_data or end <= start):
            begin, finish = (timezone.localtime(moment).replace(tzinfo=None) for moment in (start, end))
            if begin.date() == finish.date() and begin - finish >= timedelta(days=1) - LONGEST_NIGHT:
                with suppress(OverflowError):  # the last day of the calendar
                    finish += timedelta(days=1)
            cleaned["ends_at"] = read_local_time(finish, timezone.get_current_timezone(), after=start)
        return cleaned


class SongListMixin(forms.Form):
    """A list of songs, typed, pasted or in a file, whose text then stands in the field; a `PastedList` when clean."""

    lines = forms.CharField(
        label=gettext_lazy("One song per line: Title - Artist"),
        max_length=MAX_CHARACTERS,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    file = forms.FileField(
        label=gettext_lazy("or a CSV file with the columns title and artist"),
        help_text=gettext_lazy(
            "It can have more columns, such as key and tempo. Songs already in the library aren't changed."
        ),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )

    def __init__(self, data: Any = None, files: Any = None, *args: Any, **kwargs: Any) -> None:
        upload = (files or {}).get("file")
        self.text_of_file = _read_text(upload) if upload else ""
        if self.text_of_file:
            data = data.copy()
            data["lines"] = self.text_of_file
        super().__init__(data, files, *args, **kwargs)

    def clean_file(self) -> None:
        """Refuse a file whose text was not read."""
        upload = self.cleaned_data["file"]
        if upload and upload.size > MAX_FILE:
            raise ValidationError(_("That's too long. Paste up to %(n)s lines at a time.") % {"n": MAX_LINES})
        if upload and not self.text_of_file:
            raise ValidationError(_("That isn't a text file. Save your table as a CSV file first."))

    def clean_lines(self) -> PastedList | None:
        try:
            return read_pasted_songs(self.cleaned_data["lines"])
        except Invalid as error:
            raise ValidationError(str(error)) from None


class SetsMixin(forms.BaseModelForm):  # type: ignore[type-arg]  # not generic at runtime
    """Format, sets, stage plan and hard stop. What is left empty but needs a value is as usual."""

    @property
    def shows_sets(self) -> bool:
        """Whether the sets are wanted, or wrong, so that their part of the form has to be open."""
        is_song_list = self["format"].value() in (None, Format.SONGS)
        return not is_song_list or any(name in self.errors for name in (*SETS, "hard_stop"))

    def limit_sets(self) -> None:
        """Let sets be as long as the console lets them be."""
        for name in ("format", *RANGES):
            self.fields[name].required = False  # as usual, unless somebody says otherwise
        for name, allowed in RANGES.items():
            self.fields[name].validators += [MinValueValidator(allowed[0]), MaxValueValidator(allowed[-1])]

    def get_sent(self, names: Iterable[str]) -> dict[str, Any]:
        """Return those of the fields that were sent; what needs a value and was left empty is not among them."""
        sent = {name: self.cleaned_data[name] for name in names if name in self.data and name in self.cleaned_data}
        return {name: value for name, value in sent.items() if name in CAN_BE_EMPTY or value not in (None, "")}


def _make_hard_stop_field() -> forms.TimeField:
    return forms.TimeField(
        label=gettext_lazy("hard stop"), required=False, widget=_TIME,
        help_text=gettext_lazy("When the music has to stop. After that, no song or band can be started."),
    )  # fmt: skip


class PlanForm(SetsMixin, JamTimesMixin, SongListMixin, CheckedForm):
    """Name, venue, times, format, sets and hard stop of a night; with `sources`, also where its songs come from.

    Times are typed and shown in the current time zone, which has to be that of the venue. The hard stop is a time on
    the clock, the first one after the start. With `now`, the night has to end after it.
    """

    venue = forms.ChoiceField(label=gettext_lazy("venue"))
    hard_stop = _make_hard_stop_field()
    songs_from = forms.ChoiceField(label=gettext_lazy("songs"), required=False)

    class Meta:
        model = Jam
        fields = ("name", *TIMES, "format", *SETS)
        labels = {"name": gettext_lazy("name of the night")}
        field_classes = {**dict.fromkeys(TIMES, LocalDateTimeField), "stage_plan": PartsField}
        widgets = {**dict.fromkeys(TIMES, LocalDateTimeField.widget), "stage_plan": _PARTS}

    def __init__(
        self,
        *args: Any,
        venues: list[Venue],
        can_add_venue: bool,
        can_add_songs: bool = False,
        sources: Iterable[Any] | None = None,
        now: datetime | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.venues = {str(venue.pk): venue for venue in venues}
        self.can_add_songs, self.now = can_add_songs, now
        venue = cast("forms.ChoiceField", self.fields["venue"])
        new = [(NEW_VENUE, _("A new venue"))] if can_add_venue else []
        venue.choices = [*((pk, f"{place.name} ({place.time_zone})") for pk, place in self.venues.items()), *new]
        self.limit_sets()
        if self.instance.hard_stop_at:
            self.initial["hard_stop"] = show_clock(self.instance.hard_stop_at)
        for name in ("format", *SETS, "hard_stop"):
            self.fields[name].disabled = self.instance.is_over
            self.fields[name].show_hidden_initial = bool(self.instance.pk)  # others may change it on the console
        if sources is None:
            del self.fields["songs_from"], self.fields["lines"], self.fields["file"]
        else:
            self.sources = {jam.slug: jam for jam in sources}
            songs = cast("forms.ChoiceField", self.fields["songs_from"])
            last = [(LAST_NIGHT, _("Last time at this venue"))] if self.venues else []
            songs.choices = [
                ("", _("None yet")),
                *last,
                (LIST, _("A list or a CSV file")),
                *map(_offer_songs, self.sources.values()),
            ]

    @property
    def wants_new_venue(self) -> bool:
        return str(self["venue"].value()) == NEW_VENUE

    def get_venue(self) -> Venue | None:
        """Return the chosen venue; None for a new one."""
        return self.venues.get(self.cleaned_data["venue"])

    def get_plan(self) -> dict[str, Any]:
        """Return the fields of a jam, as `get_sent` does."""
        plan = self.get_sent(self.Meta.fields)
        if "hard_stop" in self.data:
            clock, start = self.cleaned_data["hard_stop"], plan["starts_at"]
            zone = timezone.get_current_timezone()
            plan["hard_stop_at"] = find_next_time(clock, zone, after=start) if clock else None
        return plan

    def get_changes(self) -> dict[str, Any]:
        """Return of `get_plan` what somebody changed on the page, so that what others changed meanwhile stays."""
        changed = {*self.changed_data, *(["hard_stop_at"] if "hard_stop" in self.changed_data else [])}
        return {name: value for name, value in self.get_plan().items() if name in changed}

    def clean(self) -> dict[str, Any] | None:
        """Refuse a new night that would be over already."""
        cleaned = super().clean() or self.cleaned_data
        if self.now and cleaned.get("ends_at") and cleaned["ends_at"] <= self.now:
            self.add_error("ends_at", _("That is in the past. Choose a later day."))
        return cleaned

    def clean_lines(self) -> PastedList | None:
        """Take a list that was chosen, or typed without choosing it. Nothing of it is left out without a word."""
        if self["songs_from"].value() != LIST and not self.cleaned_data["lines"]:
            return None
        pasted = super().clean_lines()
        if pasted and pasted.missing and not self.can_add_songs:
            raise ValidationError(_("Your account can't add songs to the library."))
        if pasted and pasted.problems:
            raise ValidationError(
                [f"{fault.line}. {fault.text[:80]}: {fault.reason}" for fault in pasted.problems[:10]]
            )
        return pasted


class HouseBandField(forms.CharField):
    """The house band of a series, one line for each person."""

    def prepare_value(self, value: Any) -> Any:
        return write_house_band(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        try:
            return read_house_band(super().clean(value))
        except Invalid as error:
            raise ValidationError(str(error)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "").splitlines() != (data or "").splitlines()


def make_house_band_field() -> HouseBandField:
    return HouseBandField(
        label=gettext_lazy("house band"), required=False, max_length=2000, strip=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": gettext_lazy("Kim: bass, vocals")}),
        help_text=gettext_lazy(
            "They play where nobody else can, on each new night. "
            "Ask them first: their names stay here until you delete them."
        ),
    )  # fmt: skip


class SeriesForm(SetsMixin, CheckedForm):
    """A series: name, venue, days, times and sets. A new one begins on its first night, another changes from a day on.

    The rule is a choice of words; the weekday is that of the first day, or of the day from which on it changes. Format
    and sets are settings of each night.
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

    field_order = (
        *("name", "venue", "since", "first_on", "starts_at", "ends_at", "repeats", "last_on", "description", "format"),
        *(*SETS, "hard_stop", "house_band"),
    )

    venue = forms.ChoiceField(label=gettext_lazy("venue"))
    hard_stop = _make_hard_stop_field()
    house_band = make_house_band_field()
    since = forms.DateField(label=gettext_lazy("change from this night on"), widget=_DATE)
    repeats = forms.ChoiceField(label=gettext_lazy("repeats"), required=False)

    class Meta:
        model = Series
        fields = ("name", "first_on", "starts_at", "ends_at", "last_on", "description", "hard_stop")
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
        names = ("format", *SETS)
        self.fields |= forms.fields_for_model(
            Jam, names, widgets={"stage_plan": _PARTS}, field_classes={"stage_plan": PartsField}
        )
        stored = {name: self.instance.switches[name] for name in names if name in self.instance.switches}
        self.initial = {**stored, "house_band": self.instance.house_band, **self.initial}
        self.limit_sets()
        self.order_fields(self.field_order)
        self.venues = {str(venue.pk): venue for venue in venues}
        _choices(self, "venue", [(pk, place.name) for pk, place in self.venues.items()])
        if self.instance.pk:
            del self.fields["first_on"]
            _choices(self, "repeats", [(self.KEEP, self.instance.describe_rule()), *self.REPEATS])
        else:
            del self.fields["since"], self.fields["last_on"], self.fields["description"]
            _choices(self, "repeats", self.REPEATS)
            self.fields["repeats"].required = True

    def clean(self) -> dict[str, Any] | None:
        """Turn the choice into a rule, the id into a venue, and format and sets into settings of each night."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["settings"] = self.get_sent(("format", *SETS))
        for name in ("format", *SETS):
            cleaned.pop(name, None)
        for name in {"hard_stop", "house_band"} - self.data.keys():
            cleaned.pop(name, None)
        day, repeats = cleaned.get("since") or cleaned.get("first_on"), cleaned.pop("repeats", self.KEEP)
        if "venue" in cleaned:
            cleaned["venue"] = self.venues[cleaned["venue"]]
        if day and repeats != self.KEEP:
            cleaned["rule"] = str(_choose_rule(day, repeats))
        return cleaned

    def list_main_fields(self) -> list[forms.BoundField]:
        """Return the fields that are shown above the folded ones about sets."""
        return [field for field in self if field.name not in (*SETS, "hard_stop", "house_band")]


def _choices(form: forms.BaseForm, name: str, choices: Any) -> None:
    cast("forms.ChoiceField", form.fields[name]).choices = choices


def _choose_rule(day: date, repeats: str) -> Recurrence:
    """Return the rule of nights like that on `day`, by a choice of `SeriesForm.REPEATS`."""
    if repeats.isdigit():
        return Recurrence("WEEKLY", int(repeats), ((0, day.weekday()),))
    return choose_monthly_rule(day, is_last=repeats == "last")


class LinesForm(SongListMixin):
    """The songs of a night as a list."""


def _read_text(upload: Any) -> str:
    """Return what a file says, "" if it is too large or no text."""
    content = upload.read() if upload.size <= MAX_FILE else b""
    text = decode(content, guess_encoding(content)) or ""
    return "" if "\0" in text else text


def _offer_songs(jam: Any) -> tuple[str, str]:
    """Return the choice of a jam from `Jam.objects.for_list()`."""
    day = date_format(jam.local_start, _("j M Y"))
    words = ngettext("%(jam)s, %(day)s (%(n)d song)", "%(jam)s, %(day)s (%(n)d songs)", jam.song_count)
    return jam.slug, words % {"jam": jam.name, "day": day, "n": jam.song_count}
