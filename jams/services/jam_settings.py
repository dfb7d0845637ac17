"""Host actions that change the settings of a jam. Each change records an `Event`."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Invalid
from jams.models import Event, Jam, SignUps, Suggestions, Voting
from jams.services.entry_transitions import lock_open_jam
from jams.services.event_log import Verb, record_event

LIMITS = range(1, 51)  # songs; the constraint jam_performing_limit_sane has the same limits


def set_voting(*, jam: Jam, voting: Voting, user: User, now: datetime) -> Event | None:
    """Set who can vote at `jam`; return the event, or None when there is nothing to change.

    Raises Invalid for an unknown value, and Conflict when the jam has ended. The functions below do the same.
    """
    return _change_setting(jam, "voting", voting, Verb.SET_VOTING, user=user, now=now)


def set_sign_ups(*, jam: Jam, sign_ups: SignUps, user: User, now: datetime) -> Event | None:
    """Open or close sign-ups at `jam`."""
    return _change_setting(jam, "sign_ups", sign_ups, Verb.SET_SIGN_UPS, user=user, now=now)


def set_suggestions(*, jam: Jam, suggestions: Suggestions, user: User, now: datetime) -> Event | None:
    """Set who can suggest songs at `jam`, and whether the host approves them first."""
    return _change_setting(jam, "suggestions", suggestions, Verb.SET_SUGGESTIONS, user=user, now=now)


def set_performing_limit(*, jam: Jam, performing_limit: int, user: User, now: datetime) -> Event | None:
    """Limit how many songs a musician can be signed up for at a time; existing sign-ups above the limit stay."""
    if performing_limit not in LIMITS:
        sentence = _("Songs per musician must be between %(least)d and %(most)d.")
        raise Invalid(sentence % {"least": LIMITS[0], "most": LIMITS[-1]})
    return _change_setting(jam, "performing_limit", performing_limit, Verb.SET_PERFORMING_LIMIT, user=user, now=now)


def set_musicians_edit_chords(*, jam: Jam, musicians_edit_chords: bool, user: User, now: datetime) -> Event | None:
    """Set whether musicians, and not only hosts, can change the chord sheets of `jam`."""
    return _change_setting(
        jam, "musicians_edit_chords", musicians_edit_chords, Verb.SET_MUSICIANS_EDIT_CHORDS, user=user, now=now
    )


@transaction.atomic
def _change_setting(jam: Jam, name: str, value: str | int, verb: Verb, *, user: User, now: datetime) -> Event | None:
    jam = lock_open_jam(jam)
    before = getattr(jam, name)
    if before == value:
        return None
    try:
        setattr(jam, name, getattr(Jam, name).field.clean(value, jam))
    except ValidationError:
        raise Invalid(_("Choose one of the options.")) from None
    jam.save(update_fields=[name])
    data: dict[str, Any] = {"from": before, "to": value, "settings": {name: [before, value]}}
    return record_event(jam=jam, verb=verb, now=now, user=user, **data)
