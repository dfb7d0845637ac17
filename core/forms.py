"""Base classes for forms."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from core.calendar import validate_moment
from core.fields import FoldedField
from core.local_times import LocalDateTimeField
from core.text import clean_lines

MAX_TOLD = 200  # characters of a value in a sentence


class CheckedForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at runtime
    """A form that also validates constraints on fields that it does not show, which would otherwise cause a 500.

    Django skips a constraint if one of its fields is not in the form. Ours often include a folded name, or a jam that
    cannot be changed. Times that no list can show are refused in every field.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.DateTimeField | forms.SplitDateTimeField):
                field.validators = [*field.validators, validate_moment]

    def validate_constraints(self) -> None:
        for field in self.instance._meta.fields:
            if isinstance(field, FoldedField):
                with suppress(ObjectDoesNotExist):  # derived from a row that is not chosen yet: the form says so
                    field.pre_save(self.instance, add=False)
        try:
            excluded = self._get_validation_exclusions()  # type: ignore[attr-defined]  # not in the stubs
            self.instance.validate_constraints(exclude=excluded & self.fields.keys())
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]  # not in the stubs


class MergingForm(CheckedForm):
    """A form of a page that two people may have open. It sends what it showed as well.

    So only what somebody has changed on it is saved, every other field has the value that the row has now, and what
    somebody else has changed meanwhile is replaced only when they send it again.
    """

    compared: Collection[str] = ()

    def merge(self, names: Collection[str]) -> None:
        """Compare these fields with the row; call this last in `__init__`."""
        self.compared = frozenset(names)
        for name in self.compared:
            self.fields[name].show_hidden_initial = not self.is_bound or self.tells_what_was_shown(name)
        if not self.is_bound or not self.compared:
            return
        self.data = cast("QueryDict", self.data).copy()
        for name in self.compared - {*self.changed_data}:
            if self.fields[name].show_hidden_initial and self._differs_from_row(name, self._shown(name)):
                self.data[self.add_prefix(name)] = self.data[self.add_initial_prefix(name)] = self._format_stored(name)

    def tells_what_was_shown(self, name: str) -> bool:
        """Whether the data hold what the page showed."""
        return self.add_initial_prefix(name) in self.data

    def clean(self) -> dict[str, Any] | None:
        """Refuse to replace what somebody else has changed, once: the page then knows of it."""
        cleaned = super().clean() or self.cleaned_data
        data = cast("QueryDict", self.data)
        for name in self.changed_data:
            is_compared = name in self.compared and self.fields[name].show_hidden_initial
            if not is_compared or not self._differs_from_row(name, self[name].data):
                continue
            if self._differs_from_row(name, self._shown(name)):
                data[self.add_initial_prefix(name)] = self._format_stored(name)
                self.add_error(name, self._describe_conflict(name))
        return cleaned

    def _describe_conflict(self, name: str) -> str:
        """Return what the row holds now, and how to replace it."""
        stored = self._tell(name)
        if not stored:
            return _("Somebody else has emptied this in the meantime. Save again to replace it.")
        return _("Somebody else has changed this to “%(value)s” in the meantime. Save again to replace it.") % {
            "value": stored
        }

    def _tell(self, name: str) -> str:
        """Return the value of the row in words."""
        field, stored = self.fields[name], self[name].initial
        if isinstance(field, forms.BooleanField):
            return _("yes") if stored else _("no")
        if isinstance(stored, datetime):
            return date_format(timezone.localtime(stored), "SHORT_DATETIME_FORMAT")
        if isinstance(field, forms.ModelChoiceField):
            return str(field.queryset.filter(pk=stored).first() or "")  # type: ignore[union-attr]  # it has one
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(stored, stored or ""))  # type: ignore[arg-type]  # flat here
        return Truncator(str(field.prepare_value(stored) or "")).chars(MAX_TOLD)

    def _shown(self, name: str) -> Any:
        return self.data.get(self.add_initial_prefix(name))

    def _format_stored(self, name: str) -> Any:
        """Return the value of the row as the page sends it."""
        field = self.fields[name]
        widget = field.widget if isinstance(field, LocalDateTimeField) else field.hidden_widget()
        return widget.format_value(field.prepare_value(self[name].initial))

    def _differs_from_row(self, name: str, sent: Any) -> bool:
        """Whether `sent` is another value than the row has; browsers end lines with CRLF, and rows hold LF."""
        stored = self[name].initial
        if isinstance(stored, str) and isinstance(sent, str):
            stored, sent = clean_lines(stored), clean_lines(sent)
        return self.fields[name].has_changed(stored, sent)
