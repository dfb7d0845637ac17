"""The form for a venue on the pages for hosts."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import CheckedForm
from core.pictures import PictureField
from venues.models import Venue, list_time_zones

PLAIN_COLOUR = "#8a4600"  # the site's own, in a picker


class VenueForm(CheckedForm):
    """What a new venue needs. The time zone is typed with the help of a list, `time_zones`, that the browser searches.

    A script proposes the zone of the browser, see static/js/plan.js.
    """

    class Meta:
        model = Venue
        fields: ClassVar[tuple[str, ...]] = ("name", "address", "time_zone")
        labels = {"name": _("name of the venue")}
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "time_zone": forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "data-zone": ""}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            self.initial["time_zone"] = ""  # the model's default would be a wrong guess for nearly everybody

    @property
    def time_zones(self) -> list[str]:
        return list_time_zones()


class VenuePageForm(VenueForm):
    """What the page of a venue says, with its picture and colour. `values` are the arguments of `change_venue`."""

    picture = PictureField(label=_("Picture or logo"), required=False, widget=forms.FileInput)
    no_picture = forms.BooleanField(label=_("Remove this picture"), required=False)
    has_colour = forms.BooleanField(label=_("Use our own colour"), required=False)

    class Meta(VenueForm.Meta):
        fields: ClassVar[tuple[str, ...]] = (
            *("name", "address", "time_zone", "description", "how_to_sign_up", "backline", "house_rules"),
            *("picture", "colour"),
        )
        widgets: ClassVar[dict[str, forms.Widget]] = {
            **VenueForm.Meta.widgets,
            **{name: forms.Textarea(attrs={"rows": 3}) for name in ("description", "how_to_sign_up", "house_rules")},
            "backline": forms.Textarea(attrs={"rows": 3}),
            "colour": forms.TextInput(attrs={"type": "color"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["has_colour"] = bool(self.instance.colour)
        self.initial["colour"] = self.instance.colour or PLAIN_COLOUR  # a picker of colours is never empty

    @property
    def values(self) -> dict[str, Any]:
        found = dict(self.cleaned_data)
        if not found.pop("has_colour"):
            found["colour"] = ""
        if found.pop("no_picture") and "picture" not in self.changed_data:
            found["picture"] = ""
        return found
