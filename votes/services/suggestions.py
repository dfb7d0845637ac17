"""Wishing for a song: a new one goes on the list, one that is there already gets a vote."""

from datetime import datetime
from typing import Any

from django.db import transaction

from jams.models import Attendee, Jam
from jams.services.attendance import get_or_create_attendee
from jams.services.suggestions import Outcome, Suggestion, suggest_song
from votes.services.votes import set_vote


@transaction.atomic
def suggest_and_vote(*, jam: Jam, attendee: Attendee, now: datetime, **what: Any) -> Suggestion:
    """Suggest a song, or vote for it when it is on the list already; `what` is as `suggest` takes it.

    Raises what both raise, and then changes nothing.
    """
    suggestion = suggest_song(jam=jam, attendee=attendee, now=now, **what)
    if suggestion.outcome == Outcome.LISTED:
        set_vote(entry=suggestion.entry, attendee=attendee, wanted=True, now=now)
    return suggestion


@transaction.atomic
def suggest_as_guest(*, jam: Jam, browser: str, now: datetime, **what: Any) -> Suggestion:
    """Do as `suggest_and_vote` for whoever `browser` is at `jam`; one that is refused leaves no attendee behind."""
    attendee = get_or_create_attendee(jam=jam, browser=browser, now=now)
    return suggest_and_vote(jam=jam, attendee=attendee, now=now, **what)
