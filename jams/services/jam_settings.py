"""Host actions that change the settings of a jam. Each change records an `Event`."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict, Invalid
from core.local_times import format_clock
from jams.models import BandStatus, Event, Format, Jam, SignUps, Suggestions, Voting
from jams.services.entry_transitions import lock_jam, lock_open_jam
from jams.services.event_log import Verb, record_event
from jams.services.night_times import read_night_time
from songs.parts import format_parts, parse_parts
from songs.shipped_instruments import InstrumentSet
from venues.models import Venue

SET_SONGS = range(1, 10)
SET_MINUTES = range(1, 181)
CHANGEOVER_MINUTES = range(61)
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


def set_instrument_set(*, jam: Jam, instrument_set: InstrumentSet, user: User, now: datetime) -> Event | None:
    """Choose which instruments the forms of `jam` offer first."""
    return _change_setting(jam, "instrument_set", instrument_set, Verb.SET_INSTRUMENT_SET, user=user, now=now)


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
def set_format(
    *,
    jam: Jam,
    format: str,  # noqa: A002  (a setting has one name everywhere)
    user: User,
    now: datetime,
) -> Event | None:
    """Make `jam` a song list, a jam of bands, an open mic, or all of them; who waits and what is planned stays.

    Raises Conflict when a band is on stage and the jam would have none.
    """
    jam = lock_open_jam(jam)  # nobody puts a band on stage meanwhile
    if format == Format.SONGS and jam.bands.filter(status=BandStatus.ON_STAGE).exists():
        raise Conflict(_("A band is on stage. Finish it first."))
    return _change_setting(jam, "format", format, Verb.SET_FORMAT, user=user, now=now)


def set_set_songs(*, jam: Jam, set_songs: int, user: User, now: datetime) -> Event | None:
    """Set how many songs a band plays in its turn; a band on stage that has played more finishes its song."""
    _refuse_outside(set_songs, SET_SONGS)
    return _change_setting(jam, "set_songs", set_songs, Verb.SET_SET_SONGS, user=user, now=now, sets_shortened=False)


def set_set_minutes(*, jam: Jam, set_minutes: int | None = None, user: User, now: datetime) -> Event | None:
    """Set how many minutes a band plays in its turn; None counts a set in songs."""
    _refuse_outside(set_minutes, SET_MINUTES)
    return _change_setting(
        jam, "set_minutes", set_minutes, Verb.SET_SET_MINUTES, user=user, now=now, sets_shortened=False
    )


@transaction.atomic
def shorten_sets(
    *, jam: Jam, songs: int | None = None, minutes: int | None = None, user: User, now: datetime
) -> Event | None:
    """Make sets shorter, `songs` each, or `minutes` where sets are counted in minutes, and tell the room.

    A band on stage that has played more finishes its song. Return the event, or None if sets are as short already, as
    when another host was faster. Raises Invalid outside the limits, and Conflict when the jam has ended or counts sets
    the other way.
    """
    jam = lock_open_jam(jam)
    name, to, allowed = (
        ("set_songs", songs, SET_SONGS) if jam.set_minutes is None else ("set_minutes", minutes, SET_MINUTES)
    )
    if to is None:
        raise Conflict(_("Another host has changed how sets are counted."))
    _refuse_outside(to, allowed)
    if getattr(jam, name) <= to:
        return None
    words = str(to) if jam.set_minutes is None else f"{to} min"
    return _change_setting(jam, name, to, Verb.SHORTEN_SETS, user=user, now=now, words=words, sets_shortened=True)


def get_planned_set(jam: Jam) -> dict[str, int]:
    """Return how long sets were before they were made shorter tonight, by the name of the setting; otherwise nothing.

    When they were made shorter several times, the first time counts.
    """
    if not jam.sets_shortened:
        return {}
    shortened = jam.events.filter(verb=Verb.SHORTEN_SETS, undone_at=None).order_by("-at", "-pk")
    for event in shortened:
        planned = {name: before for name, (before, _after) in event.data["settings"].items()}
        if not planned.pop("sets_shortened"):
            return planned
    return {}


def set_changeover_minutes(*, jam: Jam, changeover_minutes: int, user: User, now: datetime) -> Event | None:
    """Set how many minutes pass between two bands, for the times that people are told."""
    _refuse_outside(changeover_minutes, CHANGEOVER_MINUTES)
    return _change_setting(
        jam, "changeover_minutes", changeover_minutes, Verb.SET_CHANGEOVER_MINUTES, user=user, now=now
    )


def set_hard_stop_at(
    *, jam: Jam, hard_stop_at: datetime | str | None = None, user: User, now: datetime
) -> Event | None:
    """Set when the music has to stop; nothing for the planned end, which hosts may exceed.

    A text such as "23:30" is the next such time after the start.
    """
    at = read_night_time(jam, hard_stop_at) if isinstance(hard_stop_at, str) else hard_stop_at
    words = format_clock(at, Venue.objects.get(pk=jam.venue_id).zone) if at else ""
    return _change_setting(jam, "hard_stop_at", at, Verb.SET_HARD_STOP_AT, user=user, now=now, words=words)


def set_stage_plan(*, jam: Jam, stage_plan: list[dict[str, Any]] | str = "", user: User, now: datetime) -> Event | None:
    """Set how many of each instrument a band has, such as "vocals, 2 guitars, drums"; nothing for the usual line-up."""
    try:
        plan = parse_parts(stage_plan) if isinstance(stage_plan, str) else stage_plan
    except ValidationError as error:
        raise Invalid(error.messages[0]) from None
    words = format_parts(plan)
    return _change_setting(jam, "stage_plan", plan, Verb.SET_STAGE_PLAN, user=user, now=now, words=words)


def set_everyone_once_first(*, jam: Jam, everyone_once_first: bool, user: User, now: datetime) -> Event | None:
    """Set whether everybody plays once before anybody plays twice, as far as the instruments allow it."""
    return _change_setting(
        jam, "everyone_once_first", everyone_once_first, Verb.SET_EVERYONE_ONCE_FIRST, user=user, now=now
    )


def set_recap_public(*, jam: Jam, recap_public: bool, user: User, now: datetime) -> Event | None:
    """Set whether everybody can read what was played at `jam` once it has ended; never raises Conflict."""
    return _change_setting(
        jam, "recap_public", recap_public, Verb.SET_RECAP_PUBLIC, user=user, now=now, needs_open_jam=False
    )


def _refuse_outside(number: int | None, allowed: range) -> None:
    if number is not None and number not in allowed:
        sentence = _("Choose a number from %(least)d to %(most)d.")
        raise Invalid(sentence % {"least": allowed[0], "most": allowed[-1]})


@transaction.atomic
def _change_setting(
    jam: Jam,
    name: str,
    value: Any,
    verb: Verb,
    *,
    user: User,
    now: datetime,
    words: str | None = None,
    needs_open_jam: bool = True,
    **also: Any,
) -> Event | None:
    """Save one setting, and with it what `also` holds.

    `words` say the new value in the activity feed, if the value itself doesn't.
    """
    jam = lock_open_jam(jam) if needs_open_jam else lock_jam(jam)
    before = getattr(jam, name)
    if before == value:
        return None
    try:
        setattr(jam, name, getattr(Jam, name).field.clean(value, jam))
    except ValidationError:
        raise Invalid(_("Choose one of the options.")) from None
    stored = [moment.isoformat() if isinstance(moment, datetime) else moment for moment in (before, value)]
    settings = {name: stored, **{other: [getattr(jam, other), to] for other, to in also.items()}}
    for other, to in also.items():
        setattr(jam, other, to)
    jam.save(update_fields=list(settings))
    data: dict[str, Any] = {"from": stored[0], "to": stored[1] if words is None else words, "settings": settings}
    return record_event(jam=jam, verb=verb, now=now, user=user, **data)
