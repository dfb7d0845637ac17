"""Suggest a song: a new one is added to the set list, a listed one gets a vote."""

from datetime import datetime
from typing import Any

from django.db import transaction

from jams.models import Attendee, Jam
from jams.services.attendance import get_or_create_attendee
from jams.services.suggestions import Outcome, Suggestion, suggest_song
from votes.services.vote_alarm import Networks, watch_votes
from votes.services.votes import set_vote


@transaction.atomic
def suggest_and_vote(*, jam: Jam, attendee: Attendee, networks: Networks, now: datetime, **what: Any) -> Suggestion:
    """Suggest a song, or vote for it if it is on the set list already.

    `networks` are those of `cast_vote`; `what` holds the arguments of `suggest_song`. Raises what `suggest_song` and
    `set_vote` raise, and then changes nothing.
    """
    suggestion = suggest_song(jam=jam, attendee=attendee, now=now, **what)
    entry = suggestion.entry
    if suggestion.outcome == Outcome.LISTED and set_vote(entry=entry, attendee=attendee, wanted=True, now=now):
        watch_votes(entry=entry, attendee=attendee, networks=networks, now=now)
    return suggestion


@transaction.atomic
def suggest_as_guest(*, jam: Jam, browser: str, networks: Networks, now: datetime, **what: Any) -> Suggestion:
    """Call `suggest_and_vote` for the attendee of `browser`, who is not created if the suggestion is refused."""
    attendee = get_or_create_attendee(jam=jam, browser=browser, now=now)
    return suggest_and_vote(jam=jam, attendee=attendee, networks=networks, now=now, **what)
