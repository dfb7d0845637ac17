"""Suggest a song: a new one is added to the set list, and whoever suggests it votes for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from jams.models import Attendee, Jam
from jams.services.attendance import get_or_create_attendee
from jams.services.suggestions import Outcome, Suggestion, suggest_song
from votes.services.vote_alarm import Networks, watch_votes
from votes.services.votes import set_vote, vote_for_suggestion


@dataclass(frozen=True)
class VotedSuggestion(Suggestion):
    """A suggestion; `voted` says whether whoever made it votes for it now."""

    voted: bool


@transaction.atomic
def suggest_and_vote(
    *, jam: Jam, attendee: Attendee, networks: Networks, now: datetime, **what: Any
) -> VotedSuggestion:
    """Suggest a song and vote for it; a song that is on the set list already only gets the vote.

    `networks` are those of `cast_vote`; `what` holds the arguments of `suggest_song`. Raises what `suggest_song`
    raises and, for a song that is on the set list already, what `set_vote` raises; then nothing changes.
    """
    suggestion = suggest_song(jam=jam, attendee=attendee, now=now, **what)
    entry, voted = suggestion.entry, True
    if suggestion.outcome == Outcome.LISTED:
        is_new = set_vote(entry=entry, attendee=attendee, wanted=True, now=now)
    else:
        is_new = voted = vote_for_suggestion(entry=entry, attendee=attendee, now=now)
    if is_new:
        watch_votes(entry=entry, attendee=attendee, networks=networks, now=now)
    return VotedSuggestion(entry, suggestion.outcome, voted)


@transaction.atomic
def suggest_as_guest(*, jam: Jam, browser: str, networks: Networks, now: datetime, **what: Any) -> VotedSuggestion:
    """Call `suggest_and_vote` for the attendee of `browser`, who is not created if the suggestion is refused."""
    attendee = get_or_create_attendee(jam=jam, browser=browser, now=now)
    return suggest_and_vote(jam=jam, attendee=attendee, networks=networks, now=now, **what)
