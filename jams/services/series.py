"""Series: plan a recurring night, make its nights some months ahead, change the following ones, end it."""

import logging
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from core.exceptions import Conflict
from core.validation import validate_and_save
from jams.models import Event, Jam, JamStatus, Series
from jams.services.added_songs import REPEATED as SONGS_REPEATED
from jams.services.added_songs import add_entries
from jams.services.house_band import add_house_band, change_house_band, filter_idle
from jams.services.jam_status import cancel_jam
from jams.services.pictures import delete_picture
from jams.services.planning import SETS, get_repeated_settings, move_hard_stop, require_venue

AHEAD = timedelta(days=90)
MADE_AT_ONCE = 120  # nights: more than a rule of seven days a week has in 90 days
#: What a night takes over from its series, as long as it has not been changed by itself.
SHARED = ("name", "venue", "starts_at", "ends_at", "description")
#: The settings of its nights that hosts choose; what it has taken over from a night may hold more.
CHOSEN = (*SETS, "instrument_set")
#: What decides on which days its nights are.
DAYS = ("rule", "first_on", "last_on")

logger = logging.getLogger(__name__)


@transaction.atomic
def plan_series(
    *, user: User, like: Jam | None = None, settings: Mapping[str, Any] | None = None, now: datetime, **values: Any
) -> Series:
    """Create and return a series with `user` as its host, and make its first nights.

    With `like`, a night of that host, it begins with the settings, description, picture, hosts and songs of that night,
    which becomes a night of the series if it is on one of its days; `settings` have precedence. Raises ValidationError,
    and Forbidden at a venue where `user` may plan nothing.
    """
    require_venue(values.get("venue"), user)
    series = Series()
    if like:
        values = {"description": like.description, "background": like.background.name, **values}
        values = {"hard_stop": _read_hard_stop(like), **values}
    series.switches = {**(get_repeated_settings(like) if like else {}), **_clean_settings(settings or {})}
    validate_and_save(series, values)
    series.hosts.add(user, *(like.hosts.all() if like else ()))
    if like:
        series.songs.set(_list_songs(like))
        day = like.local_start.date()
        if like.series_id is None and day in series.list_days(since=day, until=day):
            like.series, like.series_day = series, day
            like.save(update_fields=["series", "series_day"])
    make_nights(series=series, now=now)
    return series


def make_all_nights(*, now: datetime) -> int:
    """Make the nights of every series until 90 days from `now`; return how many are new."""
    return sum(make_nights(series=series, now=now) for series in Series.objects.going_on(now).order_by("pk"))


@transaction.atomic
def make_nights(*, series: Series, now: datetime) -> int:
    """Make the nights of `series` until 90 days from `now` that are not there yet; return how many are new.

    Nothing before today is made, and no day twice: not even when its night has been moved, cancelled or deleted.
    """
    series = _lock(series)
    today = now.astimezone(series.venue.zone).date()
    begin = max(today, series.made_until + timedelta(days=1)) if series.made_until else today
    until = today + AHEAD
    known = set(series.nights.filter(series_day__gte=begin).values_list("series_day", flat=True))
    plan = [night for night in series.iterate_plan(since=begin, until=until) if night[0] not in known]
    if plan:
        hosts, songs = list(series.hosts.all()), list(series.songs.filter(archived=False).values_list("pk", flat=True))
        for day, start, end in plan[:MADE_AT_ONCE]:
            _make_night(series, day, start, end, hosts=hosts, songs=songs, now=now)
    if series.made_until is None or series.made_until < until:
        series.made_until = until
        series.save(update_fields=["made_until"])
    return len(plan)


@transaction.atomic
def change_series(
    *, series: Series, since: date, settings: Mapping[str, Any] | None = None, now: datetime, **values: Any
) -> None:
    """Change `series` from its night on the day `since` on: "this and all following".

    Nights before it stay as they are, and so do those that have begun. Those that follow take over what has changed,
    also of the `settings` with which each night begins, unless they were changed by themselves. A night whose day the
    new rule does not have goes to the new day in its week; if there is none, it is deleted, or kept if guests have left
    something there. Raises ValidationError.
    """
    series = _lock(series)
    before = Series.objects.select_related("venue").get(pk=series.pk)
    if values.get("rule", series.rule) != series.rule:
        values = {"first_on": since, **values}
    if series.made_until and any(values.get(name, getattr(series, name)) != getattr(series, name) for name in DAYS):
        values["made_until"] = min(series.made_until, since - timedelta(days=1))  # so that new days are made
    if settings:
        values["switches"] = {**series.switches, **_clean_settings(settings)}
    validate_and_save(series, values)
    series = _lock(series)
    following = list(_filter_open(series).filter(series_day__gte=since).select_related("venue").order_by("series_day"))
    if following:
        _move_nights(series, before, following, since)
        if series.house_band != before.house_band:
            for night in _filter_open(series).filter(series_day__gte=since):
                change_house_band(night=night, before=before.house_band, after=series.house_band, now=now)
    make_nights(series=series, now=now)


@transaction.atomic
def end_series(*, series: Series, last_on: date, user: User, now: datetime) -> int:
    """End `series` after `last_on`; return how many nights were cancelled.

    Later nights are deleted, except those at which guests have left something: these are cancelled and say so.
    """
    series = _lock(series)
    validate_and_save(series, {"last_on": max(last_on, series.first_on)})
    cancelled = 0
    for night in _filter_open(series).filter(series_day__gt=last_on).select_related("venue"):
        if has_guests(night):
            cancelled += bool(cancel_jam(jam=night, user=user, now=now))
        else:
            _delete_night(night)
    logger.info("%s ended the series %s", user.get_username(), series)
    return cancelled


@transaction.atomic
def delete_series(*, series: Series, user: User) -> None:
    """Delete `series` and its code; its nights stay, each for itself. Raises Conflict while nights are to come."""
    series = _lock(series)
    if _filter_open(series).exists():
        raise Conflict(_("End the series first: it has nights to come."))
    name = str(series)
    series.delete()
    delete_picture(series.background)
    logger.info("%s deleted the series %s", user.get_username(), name)


def set_template(*, series: Series, night: Jam) -> None:
    """Let the nights to be made begin with the settings and songs of `night`, whose venue must be loaded."""
    series.switches, series.hard_stop = get_repeated_settings(night), _read_hard_stop(night)
    series.save(update_fields=["switches", "hard_stop"])
    series.songs.set(_list_songs(night))


def get_night_settings(series: Series) -> dict[str, Any]:
    """Return the settings with which each night of `series` begins, by name, as far as hosts choose them for it."""
    usual = Jam()
    return {name: series.switches.get(name, getattr(usual, name)) for name in CHOSEN}


def has_guests(night: Jam) -> bool:
    """Whether guests have left something at `night`, somebody in its house band plays there, or it has a band."""
    guests = night.attendees.exclude(pk__in=filter_idle(night))
    return guests.exists() or night.entries.exclude(suggested_by=None).exists() or night.bands.exists()


def _clean_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of nights as they are stored; raises ValidationError for what no night can have."""
    night, others = Jam(**settings), {field.name for field in Jam._meta.fields}
    night.clean_fields(exclude=others.difference(settings))
    night.validate_constraints(exclude=others.difference(CHOSEN))
    return {name: getattr(night, name) for name in settings}


def _lock(series: Series) -> Series:
    """Reload `series` with its venue and lock it until the transaction ends."""
    return Series.objects.select_for_update(of=("self",), no_key=True).select_related("venue").get(pk=series.pk)


def _filter_open(series: Series) -> Any:
    """The nights of `series` that have not been opened yet, and not been cancelled."""
    return series.nights.filter(status=JamStatus.SCHEDULED)


def _make_night(
    series: Series, day: date, start: datetime, end: datetime, *, hosts: Iterable[User], songs: list[int], now: datetime
) -> None:
    night = Jam(series=series, series_day=day, background=series.background.name)
    planned = {"name": series.name, "venue": series.venue, "starts_at": start, "ends_at": end}
    settings = {**series.switches, "hard_stop_at": series.get_hard_stop(start, series.venue.zone)}
    validate_and_save(night, {**planned, "description": series.description, **settings})
    night.hosts.set(hosts)
    add_house_band(night=night, people=series.house_band, now=now)
    if songs:
        add_entries(night, songs, now)


def _delete_night(night: Jam) -> None:
    night.delete()
    delete_picture(night.background)


def _list_songs(night: Jam) -> list[int]:
    songs: Any = night.entries.filter(status__in=SONGS_REPEATED, song__archived=False).order_by("pk")
    return list(songs.values_list("song", flat=True))


def _read_hard_stop(night: Jam) -> time | None:
    """Return what the clock at the venue shows at the hard stop of `night`."""
    return night.hard_stop_at.astimezone(night.venue.zone).time() if night.hard_stop_at else None


def _plan_values(series: Series, day: date) -> dict[str, Any]:
    """Return what a night on `day` has as planned, by the names in SHARED."""
    start, end = series.get_times(day)
    shared = {"name": series.name, "venue": series.venue, "description": series.description}
    return {**shared, "starts_at": start, "ends_at": end}


def _move_nights(series: Series, before: Series, following: list[Jam], since: date) -> None:
    """Bring the nights from the plan `before` to that of `series`."""
    nights = [(night.series_day, night) for night in following if night.series_day]
    days = series.list_days(since=since, until=nights[-1][0] + timedelta(days=7))
    taken = set(series.nights.filter(series_day__gte=since).values_list("series_day", flat=True))
    settings, own = _list_changed_settings(series, before), _find_own_settings(following)
    free = {day.isocalendar()[:2]: day for day in reversed(days) if day not in taken}  # the first of each week
    for old_day, night in nights:
        day = old_day if old_day in days else free.pop(old_day.isocalendar()[:2], None)
        if day is not None:
            changed = {name: value for name, value in settings.items() if name not in own[night.pk]}
            _change_night(night, day, changed, series=series, before=before)
        elif not has_guests(night):
            _delete_night(night)


def _list_changed_settings(series: Series, before: Series) -> dict[str, Any]:
    """Return the settings of `series` that were others `before`, by name; the hard stop is a time on the clock."""
    new, old = ({**get_night_settings(one), "hard_stop_at": one.hard_stop} for one in (series, before))
    return {name: value for name, value in new.items() if value != old[name]}


def _find_own_settings(nights: list[Jam]) -> dict[int, set[str]]:
    """Return which settings of each of `nights` a host has changed there alone, by its id."""
    own: dict[int, set[str]] = {night.pk: set() for night in nights}
    for jam, data in Event.objects.filter(jam__in=nights, undone_at=None).values_list("jam", "data"):
        own[jam].update(data.get("settings", ()))
    return own


def _change_night(night: Jam, day: date, settings: Mapping[str, Any], *, series: Series, before: Series) -> None:
    """Give `night`, which becomes that on `day`, all `settings`, and what `series` has changed and it has not.

    Moved times stay together.
    """
    old, new = _plan_values(before, night.series_day or day), _plan_values(series, day)
    unchanged = {name for name in SHARED if getattr(night, name) == old[name]}
    if not {"starts_at", "ends_at"} <= unchanged:
        unchanged -= {"starts_at", "ends_at"}
    values = {**settings, **{name: new[name] for name in unchanged if new[name] != old[name]}}
    if "hard_stop_at" in settings:
        start, venue = (values.get(name, getattr(night, name)) for name in ("starts_at", "venue"))
        values["hard_stop_at"] = series.get_hard_stop(start, venue.zone)
    else:
        values |= move_hard_stop(night, values)
    if values or day != night.series_day:
        validate_and_save(night, {**values, "series_day": day})
