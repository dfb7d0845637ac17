"""Series: nights made ahead once each; one changed by itself; this and all following; the end."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.exceptions import Conflict
from jams.models import Jam, JamStatus, Series, Voting
from jams.selectors.planning import count_consequences
from jams.services.host_people import remove_person
from jams.services.jam_settings import set_changeover_minutes, set_hard_stop_at, set_set_songs
from jams.services.jam_status import end_jam, open_jam
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
from jams.services.undo import undo_event
from jams.services.waiting_list import set_house_band, set_plays
from songs.parts import format_parts, parse_parts
from tests.builders import (
    make_attendee,
    make_band,
    make_entry,
    make_jam,
    make_performance,
    make_series,
    make_song,
    make_user,
    make_venue,
)

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 9, 28, 12, tzinfo=BERLIN)  # a Monday, four weeks before the clock change
FIRST = date(2026, 10, 1)  # a Thursday
HOUSE_BAND = [{"name": "Kim", "plays": ["bass", "vocals"]}, {"name": "Lee", "plays": ["drums"]}]


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
    times: dict[str, Any] = {"first_on": FIRST, "starts_at": time(20), "ends_at": time(0)}
    rule: dict[str, Any] = {"name": "Thursdays", "venue": venue, "rule": "FREQ=WEEKLY;BYDAY=TH"}
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


def read_sets(series):
    """How each night of `series` runs: songs in a set, stage plan, and the hard stop on the clock at the venue."""
    return [
        (night.set_songs, format_parts(night.stage_plan), f"{night.hard_stop_at.astimezone(BERLIN):%-d %b %H:%M}")
        for night in series.nights.order_by("starts_at")
    ]


def test_new_nights_and_those_that_follow_take_the_sets_of_the_series():
    """The hard stop is past midnight, also after the clock change on 25 October; a night that has begun stays."""
    series = make_thursdays(
        hard_stop=time(0, 30), switches={"set_songs": 2, "stage_plan": parse_parts("drums"), "voting": "musicians"}
    )
    make_nights(series=series, now=NOW)
    assert read_sets(series)[::12] == [(2, "drums", "2 Oct 00:30"), (2, "drums", "25 Dec 00:30")]
    open_jam(jam=get_night(series, date(2026, 10, 15)), user=make_user(), now=NOW)
    settings = {"set_songs": 4, "stage_plan": parse_parts("bass"), "format": "bands"}
    change_series(series=series, since=date(2026, 10, 8), now=NOW, settings=settings, hard_stop=time(23))
    assert read_sets(series)[:5] == [
        (2, "drums", "2 Oct 00:30"), (4, "bass", "8 Oct 23:00"), (2, "drums", "16 Oct 00:30"),
        (4, "bass", "22 Oct 23:00"), (4, "bass", "29 Oct 23:00"),
    ]  # fmt: skip
    make_nights(series=series, now=NOW + timedelta(days=7))
    new = get_night(series, date(2026, 12, 31))
    assert (new.set_songs, new.format, new.voting) == (4, "bands", "musicians")
    change_series(series=series, since=FIRST, now=NOW, starts_at=time(19), hard_stop=None)
    assert list(series.nights.filter(hard_stop_at=None).values_list("series_day__day", flat=True)) != []
    assert series.nights.exclude(hard_stop_at=None).get().status == JamStatus.LIVE


def test_night_keeps_settings_that_a_host_changed_there_alone():
    series, host = make_thursdays(hard_stop=time(23), switches={"set_songs": 2}), make_user()
    make_nights(series=series, now=NOW)
    night = get_night(series, FIRST)
    set_set_songs(jam=night, set_songs=5, user=host, now=NOW)
    undone = set_changeover_minutes(jam=night, changeover_minutes=9, user=host, now=NOW)
    assert undone
    undo_event(event=undone, user=host, now=NOW)
    settings = {"set_songs": 4, "changeover_minutes": 10}
    change_series(series=series, since=FIRST, now=NOW, settings=settings)
    night.refresh_from_db()
    assert (night.set_songs, night.changeover_minutes) == (5, 10)
    set_hard_stop_at(jam=night, hard_stop_at="22:30", user=host, now=NOW)
    change_series(series=series, since=FIRST, now=NOW, hard_stop=time(22), rule="FREQ=WEEKLY;BYDAY=FR")
    assert [stop for _songs, _plan, stop in read_sets(series)[:2]] == ["2 Oct 22:30", "9 Oct 22:00"]


def test_hard_stop_is_read_on_the_clock_where_a_night_was_moved():
    series = make_thursdays(hard_stop=time(23))
    make_nights(series=series, now=NOW)
    change_plan(jam=get_night(series, FIRST), venue=make_venue(time_zone="Europe/London"))
    change_series(series=series, since=FIRST, now=NOW, hard_stop=time(22))
    night, usual = get_night(series, FIRST), get_night(series, FIRST + timedelta(days=7))
    shown = [f"{one.hard_stop_at:%H:%M} UTC" for one in (night, usual)]
    assert shown == ["21:00 UTC", "20:00 UTC"]


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
    make_band(jam=get_night(series, date(2026, 10, 29)), name="The Acts")  # without anybody in it
    assert end_series(series=series, last_on=date(2026, 10, 8), user=host, now=NOW) == 3
    shown = [(night.series_day.day, night.is_cancelled) for night in series.nights.order_by("starts_at")]
    assert shown == [(1, False), (8, False), (15, True), (22, True), (29, True)]
    assert make_all_nights(now=NOW) == 0


def test_end_keeps_nights_that_a_host_has_prepared_with_the_house_band():
    series, host = make_thursdays(house_band=HOUSE_BAND), make_user()
    make_nights(series=series, now=NOW)
    first, second, third, idle = list(series.nights.order_by("starts_at")[:4])
    make_band(jam=first, people={first.attendees.get(name="Kim"): "bass"})
    make_performance(entry=make_entry(jam=second), attendee=second.attendees.get(name="Kim"))
    third.attendees.filter(name="Kim").update(waits_since=NOW)  # no signal needed
    assert [count_consequences(night).has_history for night in (first, second, third, idle)] == [True] * 3 + [False]
    end_series(series=series, last_on=FIRST - timedelta(days=1), user=host, now=NOW)
    assert list(series.nights.order_by("starts_at")) == [first, second, third]


def test_changed_house_band_leaves_what_hosts_changed_on_single_nights():
    old = [{"name": name, "plays": ["bass"]} for name in ("Kim", "Lee", "Mia", "Noa", "Otto")]
    new = [
        {"name": "KIM", "plays": ["keys"]}, {"name": "Lee", "plays": ["keys"]}, {"name": "Mia", "plays": ["bass"]},
        {"name": "Noa", "plays": ["keys"]}, {"name": "Pia", "plays": ["drums"]},
    ]  # fmt: skip
    series, host = make_thursdays(house_band=old), make_user()
    make_nights(series=series, now=NOW)
    usual, own = list(series.nights.order_by("starts_at")[:2])
    make_band(jam=own, people={own.attendees.get(name="Kim"): "bass"})
    set_plays(jam=own, name="Lee", plays="vocals", user=host, now=NOW)
    remove_person(jam=own, name="Mia", user=host, now=NOW)
    set_house_band(jam=own, name="Noa", in_house_band=False, user=host, now=NOW)
    change_series(series=series, since=FIRST, now=NOW, house_band=new)
    assert list_house_band(usual) == {
        "KIM": ["keys"], "Lee": ["keys"], "Mia": ["bass"], "Noa": ["keys"], "Pia": ["drums"],
    }  # fmt: skip
    assert list_house_band(own) == {"KIM": ["keys"], "Lee": ["vocals"], "Pia": ["drums"]}
    assert own.attendees.get(name="Noa").plays == ["bass"]


def list_house_band(night):
    return dict(night.attendees.filter(in_house_band=True).order_by("name").values_list("name", "plays"))


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
