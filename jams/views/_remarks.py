"""Remarks beside what has been saved: nothing is wrong, but a host may not have meant it."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from jams.models import Jam
from jams.selectors.planning import find_overlap


def remark_overlap(request: HttpRequest, nights: QuerySet[Jam]) -> None:
    """Remark that another night is at the same venue while one of `nights` is."""
    other = find_overlap(nights)
    if other is None:
        return
    start, end = other.local_start, other.local_end
    when = f"{date_format(start, _('j M Y'))}, {start:%H:%M}\N{EN DASH}{end:%H:%M}"
    sentence = _("Another night is at %(venue)s at the same time: %(other)s, %(when)s.")
    messages.warning(request, sentence % {"venue": other.venue.name, "other": other.name, "when": when})
