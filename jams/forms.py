"""What the forms for a jam's plan share, in the admin and on the pages for hosts."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from core.local_times import read_local_time

TIMES = ("starts_at", "ends_at")


class JamTimesMixin(forms.BaseModelForm):  # type: ignore[type-arg]  # not generic at runtime
    """The start and end of a jam, on the clock of the current time zone, which is that of the venue."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone_name()
        for name in TIMES:
            if name in self.fields:
                self.fields[name].help_text = self.describe_zone(zone)

    def describe_zone(self, zone: str) -> str:
        """Return the sentence beside the times; `zone` is the current one."""
        return _("On the clock at the venue (%(zone)s).") % {"zone": zone}

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
