"""Series: nights made ahead once each; one changed by itself; this and all following; the end."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from core.exceptions import Conflict
from jams.models import Jam, JamStatus, Series, Voting
from jams.services.jam_status import end_jam, reopen_jam
from jams.services.planning import change_plan, delete_jam
from jams.services.series import (
    AHEAD,
    change_series,
    delete_series,
    end_series,
    make_all_nights,
    make_nights,
    plan_series,
    set_template,
)
from tests.builders import make_attendee, make_entry, make_jam, make_series, make_song, make_user, make_venue

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 9, 28, 12, tzinfo=BERLIN)  # a Monday, four weeks before the clock change
FIRST = date(2026, 10, 1)  # a Thursday


def make_thursdays(**values):
    return make_series(venue=make_venue(time_zone="Europe/Berlin"), first_on=FIRST, **values)


def list_nights(series):
    """The nights of `series`, as "1 Oct 20:00" on the clock at the venue."""
    return [
        f"{night.local_start:%-d %b %H:%M}" for night in series.nights.select_related("venue").order_by("starts_at")
    ]


def get_night(series, day):
    return series.nights.select_related("venue", "series").get(series_day=day)


def test_nights_are_made_ninety_days_ahead_and_once():
    series = make_thursdays()
    assert make_all_nights(now=NOW) == 13
    assert (list_nights(series)[0], list_nights(series)[4], list_nights(series)[-1]) == (
        "1 Oct 20:00", "29 Oct 20:00", "24 Dec 20:00",
    )  # fmt: skip
    assert make_all_nights(now=NOW + timedelta(hours=1)) == 0
    assert make_all_nights(now=NOW + timedelta(days=7)) == 1
    assert series.nights.count() == 14
    assert max(series.nights.values_list("series_day", flat=True)) <= (NOW + timedelta(days=7) + AHEAD).date()


def test_no_night_is_made_in_the_past_or_after_the_last():
    series = make_thursdays(last_on=FIRST + timedelta(days=20))
    assert make_nights(series=series, now=NOW + timedelta(days=5)) == 2
    assert list_nights(series) == ["8 Oct 20:00", "15 Oct 20:00"]
    make_series(first_on=date(2020, 1, 2), last_on=date(2020, 2, 6))
    assert make_all_nights(now=NOW) == 0


def test_night_that_was_moved_cancelled_or_deleted_is_not_made_again():
    series, host = make_thursdays(), make_user()
    make_nights(series=series, now=NOW)
    moved, cancelled, deleted = list(series.nights.select_related("venue").order_by("starts_at")[:3])
    change_plan(jam=moved, starts_at=moved.starts_at + timedelta(days=1), ends_at=moved.ends_at + timedelta(days=1))
    end_jam(jam=cancelled, user=host, now=NOW)
    delete_jam(jam=deleted, user=host)
    Series.objects.update(made_until=FIRST)  # as if the job had to begin again
    make_nights(series=series, now=NOW)
    assert list_nights(series)[:3] == ["2 Oct 20:00", "8 Oct 20:00", "15 Oct 20:00"]
    Series.objects.update(made_until=None)
    assert make_nights(series=series, now=NOW) == 0


def test_night_begins_with_what_the_series_has():
    host, song, archived = make_user(), make_song(), make_song(archived=True)
    series = make_thursdays(
        hosts=(host,), description="Blues", switches={"voting": "musicians"}, background="jams/a.webp"
    )
    series.songs.add(song, archived)
    make_nights(series=series, now=NOW)
    night = get_night(series, FIRST)
    assert (night.name, night.venue, night.status) == (series.name, series.venue, JamStatus.SCHEDULED)
    assert (night.description, night.voting, night.background.name) == ("Blues", Voting.MUSICIANS, "jams/a.webp")
    assert (list(night.hosts.all()), [entry.song_id for entry in night.entries.all()]) == ([host], [song.pk])


def test_series_made_from_a_night_takes_it_over():
    host, helper, song = make_user(), make_user(), make_song()
    venue = make_venue(time_zone="Europe/Berlin")
    start = datetime(2026, 10, 1, 20, tzinfo=BERLIN)
    values = {"description": "Bring a mic", "sign_ups": "closed", "performing_limit": 7}
    night = make_jam(venue=venue, hosts=(host, helper), starts_at=start, status=JamStatus.SCHEDULED, **values)
    make_entry(jam=night, song=song)
    times = {"first_on": FIRST, "starts_at": time(20), "ends_at": time(0)}
    rule = {"name": "Thursdays", "venue": venue, "rule": "FREQ=WEEKLY;BYDAY=TH"}
    series = plan_series(user=host, like=night, now=NOW, **times, **rule)
    night = Jam.objects.select_related("series").get(pk=night.pk)
    assert (night.series, night.series_day, series.nights.count()) == (series, FIRST, 13)
    following = get_night(series, FIRST + timedelta(days=7))
    assert (following.description, following.performing_limit, following.sign_ups) == ("Bring a mic", 7, "open")
    assert (set(following.hosts.all()), following.entries.get().song_id) == ({host, helper}, song.pk)
    assert f"{following.local_start:%H:%M}-{following.local_end:%H:%M}" == "20:00-00:00"


def test_this_and_all_following_change_and_those_before_do_not():
    series = make_thursdays()
    make_nights(series=series, now=NOW)
    change_series(series=series, since=date(2026, 10, 15), now=NOW, starts_at=time(19), name="Early Thursdays")
    assert list_nights(series)[:4] == ["1 Oct 20:00", "8 Oct 20:00", "15 Oct 19:00", "22 Oct 19:00"]
    names = list(series.nights.order_by("starts_at").values_list("name", flat=True))
    assert names == [series.name] * 2 + ["Early Thursdays"] * 11


def test_night_changed_by_itself_keeps_what_was_changed():
    series = make_thursdays()
    make_nights(series=series, now=NOW)
    night = get_night(series, date(2026, 10, 15))
    change_plan(jam=night, starts_at=night.starts_at + timedelta(hours=1))
    change_series(series=series, since=FIRST, now=NOW, starts_at=time(19), name="Early")
    assert list_nights(series)[:4] == ["1 Oct 19:00", "8 Oct 19:00", "15 Oct 21:00", "22 Oct 19:00"]
    assert get_night(series, date(2026, 10, 15)).name == "Early"


def test_other_weekday_moves_each_night_in_its_week_and_keeps_its_page():
    series = make_thursdays()
    make_nights(series=series, now=NOW)
    second = get_night(series, date(2026, 10, 8))
    change_series(series=series, since=date(2026, 10, 8), now=NOW, rule="FREQ=WEEKLY;BYDAY=FR")
    assert list_nights(series)[:4] == ["1 Oct 20:00", "9 Oct 20:00", "16 Oct 20:00", "23 Oct 20:00"]
    assert get_night(series, date(2026, 10, 9)).pk == second.pk
    assert make_all_nights(now=NOW) == 0


def test_rarer_rule_deletes_only_nights_without_guests():
    series = make_thursdays()
    make_nights(series=series, now=NOW)
    make_attendee(jam=get_night(series, date(2026, 10, 22)))
    change_series(series=series, since=date(2026, 10, 8), now=NOW, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TH")
    assert list_nights(series)[:5] == ["1 Oct 20:00", "8 Oct 20:00", "22 Oct 20:00", "5 Nov 20:00", "19 Nov 20:00"]
    change_series(series=series, since=date(2026, 10, 8), now=NOW, rule="FREQ=MONTHLY;BYDAY=-1FR")
    assert list_nights(series)[:4] == ["1 Oct 20:00", "22 Oct 20:00", "30 Oct 20:00", "27 Nov 20:00"]


def test_last_night_can_be_brought_forward_and_put_off():
    series = make_thursdays()
    make_nights(series=series, now=NOW)
    change_series(series=series, since=FIRST, now=NOW, last_on=date(2026, 10, 15))
    assert list_nights(series) == ["1 Oct 20:00", "8 Oct 20:00", "15 Oct 20:00"]
    change_series(series=series, since=FIRST, now=NOW, last_on=None)
    assert series.nights.count() == 13


def test_end_deletes_nights_and_cancels_those_with_guests():
    series, host = make_thursdays(), make_user()
    make_nights(series=series, now=NOW)
    make_attendee(jam=get_night(series, date(2026, 10, 15)))
    make_entry(jam=get_night(series, date(2026, 10, 22)), suggested_by=make_attendee(jam=get_night(series, FIRST)))
    assert end_series(series=series, last_on=date(2026, 10, 8), user=host, now=NOW) == 2
    shown = [(night.series_day.day, night.is_cancelled) for night in series.nights.order_by("starts_at")]
    assert shown == [(1, False), (8, False), (15, True), (22, True)]
    assert make_all_nights(now=NOW) == 0


def test_series_is_deleted_only_without_nights_to_come():
    series, host = make_thursdays(), make_user()
    make_nights(series=series, now=NOW)
    with pytest.raises(Conflict):
        delete_series(series=series, user=host)
    Jam.objects.update(status=JamStatus.ENDED)
    delete_series(series=series, user=host)
    assert (Series.objects.count(), Jam.objects.count(), Jam.objects.filter(series=None).count()) == (0, 13, 13)


def test_night_serves_as_template_for_those_to_be_made():
    series, song = make_thursdays(), make_song()
    make_nights(series=series, now=NOW)
    night = get_night(series, FIRST)
    night.voting = Voting.MUSICIANS
    make_entry(jam=night, song=song)
    set_template(series=series, night=night)
    make_nights(series=series, now=NOW + timedelta(days=7))
    new = get_night(series, date(2026, 12, 31))
    assert (new.voting, new.entries.get().song_id) == (Voting.MUSICIANS, song.pk)


def test_cancelled_night_is_planned_again_by_reopening_it():
    night = make_jam(starts_at=timezone.now() + timedelta(days=1), status=JamStatus.SCHEDULED)
    end_jam(jam=night, user=make_user(), now=timezone.now())
    night.refresh_from_db()
    assert night.is_cancelled
    reopen_jam(jam=night, user=make_user(), now=timezone.now())
    night.refresh_from_db()
    assert (night.status, night.is_cancelled) == (JamStatus.SCHEDULED, False)
