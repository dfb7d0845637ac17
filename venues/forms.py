"""The form for a venue on the pages for hosts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import CheckedForm
from venues.models import Venue, list_time_zones


class VenueForm(CheckedForm):
    """What a new venue needs. The time zone is typed with the help of a list, `time_zones`, that the browser searches.

    A script proposes the zone of the browser, see static/js/plan.js.
    """

    class Meta:
        model = Venue
        fields = ("name", "address", "time_zone")
        labels = {"name": _("name of the venue")}
        widgets = {
            "time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "data-zone": ""}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["time_zone"] = ""  # the model's default would be a wrong guess for nearly everybody

    @property
    def time_zones(self) -> list[str]:
        return list_time_zones()
