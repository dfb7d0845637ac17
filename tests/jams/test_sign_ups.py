from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.models import Entry, EntryStatus, Event, JamStatus, Performance, SignUps
from jams.services.sign_ups import sign_up, withdraw, withdraw_kinds
from songs.parts import Part
from tests.builders import make_attendee, make_entry, make_jam, make_performance

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PLAYING = {"status": EntryStatus.PLAYING, "started_at": NOW}
PLAYED: dict[str, Any] = {"status": EntryStatus.PLAYED, "started_at": NOW - timedelta(minutes=9), "finished_at": NOW}


def parts() -> list[tuple[str, str, str]]:
    rows = Performance.objects.order_by("pk").select_related("attendee")
    return [(row.attendee.name, row.part, row.other_part) for row in rows]


def test_sign_up_is_idempotent() -> None:
    entry = make_entry()
    dana = make_attendee(jam=entry.jam, name="Dana")
    changed = [sign_up(entry=entry, attendee=dana, part=Part.BASS, now=NOW) for _ in range(3)]
    assert changed == [True, False, False]
    assert parts() == [("Dana", "bass", "")]
    data = {"part": "bass", "words": "", "name": "Dana", "song": entry.song.title}
    assert [(event.verb, event.data) for event in Event.objects.all()] == [("sign_up", data)]


def test_sign_up_allows_several_people_and_parts() -> None:
    entry = make_entry()
    dana, sam = (make_attendee(jam=entry.jam, name=name) for name in ("Dana", "Sam"))
    for who, part in ((dana, Part.GUITAR), (dana, Part.VOCALS), (sam, Part.GUITAR)):
        sign_up(entry=entry, attendee=who, part=part, now=NOW)
    assert parts() == [("Dana", "guitar", ""), ("Dana", "vocals", ""), ("Sam", "guitar", "")]


def test_sign_up_for_other_stores_and_updates_the_instrument() -> None:
    entry = make_entry()
    dana = make_attendee(jam=entry.jam, name="Dana")
    for words in (" glass  harp", "kazoo"):
        sign_up(entry=entry, attendee=dana, part=Part.OTHER, other_part=words, now=NOW)
    assert parts() == [("Dana", "other", "kazoo")]


def test_sign_up_for_other_with_a_known_name_is_for_that_instrument() -> None:
    entry = make_entry()
    dana = make_attendee(jam=entry.jam, name="Dana")
    for words in (" Alto  Saxophone", "ALTSAX"):
        sign_up(entry=entry, attendee=dana, part=Part.OTHER, other_part=words, now=NOW)
    assert parts() == [("Dana", "alto-sax", "")]


def test_withdraw_kinds_drops_all_that_counts_as_the_part() -> None:
    mine = make_performance(part="electric-guitar")
    for part in ("guitar", "piano"):
        make_performance(entry=mine.entry, attendee=mine.attendee, part=part)
    make_performance(entry=mine.entry, attendee=make_attendee(jam=mine.entry.jam, name="Sam"), part="guitar")
    what: dict[str, Any] = {"entry": mine.entry, "attendee": mine.attendee, "part": "guitar", "now": NOW}
    assert [withdraw_kinds(**what) for _each in range(2)] == [True, False]
    assert sorted(part for _name, part, _words in parts()) == ["guitar", "piano"]


@pytest.mark.parametrize(
    ("part", "words"), [("", ""), ("kazoo", ""), (Part.OTHER, ""), (Part.OTHER, " \t"), (Part.OTHER, "x" * 41)]
)
def test_sign_up_refuses_an_unknown_part(part: str, words: str) -> None:
    entry = make_entry()
    with pytest.raises(ActionError) as refusal:
        sign_up(
            entry=entry,
            attendee=make_attendee(jam=entry.jam, name="Dana"),
            part=part,
            other_part=words,
            now=NOW,
        )
    assert (get_status(refusal.value), parts()) == (400, [])


def test_sign_up_drops_the_instrument_for_a_known_part() -> None:
    entry = make_entry()
    dana = make_attendee(jam=entry.jam, name="Dana")
    sign_up(entry=entry, attendee=dana, part=Part.BASS, other_part="fretless", now=NOW)
    assert parts() == [("Dana", "bass", "")]


@pytest.mark.parametrize(
    ("jam", "entry", "sentence"),
    [
        ({"status": JamStatus.ENDED}, {}, "This jam has ended."),
        ({"sign_ups": SignUps.CLOSED}, {}, "Sign-ups are closed at this jam."),
        ({}, PLAYING, "This song is already on stage."),
        ({}, PLAYED, "This song has already been played."),
        ({}, {"status": EntryStatus.SUGGESTED}, "This song isn't in the queue."),
        ({}, {"status": EntryStatus.HIDDEN}, "This song isn't in the queue."),
        ({}, {"status": EntryStatus.SKIPPED}, "This song isn't in the queue."),
    ],
)
def test_sign_up_is_refused_out_of_time(jam: dict[str, Any], entry: dict[str, Any], sentence: str) -> None:
    song = make_entry(jam=make_jam(**jam), **entry)
    with pytest.raises(ActionError, match=sentence) as refusal:
        sign_up(entry=song, attendee=make_attendee(jam=song.jam, name="Dana"), part=Part.BASS, now=NOW)
    assert (get_status(refusal.value), parts(), Event.objects.count()) == (409, [], 0)


def test_sign_up_is_open_to_the_suggester_before_approval() -> None:
    entry = make_entry(status=EntryStatus.SUGGESTED)
    entry.suggested_by = dana = make_attendee(jam=entry.jam, name="Dana")
    entry.save()
    assert sign_up(entry=entry, attendee=dana, part=Part.BASS, now=NOW)
    assert withdraw(entry=entry, attendee=dana, part=Part.BASS, now=NOW)


def test_sign_up_refuses_listeners_and_other_jams() -> None:
    entry = make_entry()
    for who, status in ((make_attendee(jam=entry.jam), 403), (make_attendee(name="Dana"), 404)):
        with pytest.raises(ActionError) as refusal:
            sign_up(entry=entry, attendee=who, part=Part.BASS, now=NOW)
        assert (get_status(refusal.value), parts()) == (status, [])


def test_sign_up_refuses_a_musician_who_left() -> None:
    entry = make_entry()
    dana = make_attendee(jam=entry.jam, name="Dana", left_at=NOW)
    with pytest.raises(ActionError, match="Join in with your name first"):
        sign_up(entry=entry, attendee=dana, part=Part.BASS, now=NOW)
    assert parts() == []


def test_sign_up_is_refused_above_the_limit() -> None:
    jam = make_jam(performing_limit=2)
    dana = make_attendee(jam=jam, name="Dana")
    songs = [make_entry(jam=jam) for _ in range(3)]
    for song in songs[:2]:
        sign_up(entry=song, attendee=dana, part=Part.BASS, now=NOW)
    with pytest.raises(ActionError, match="signed up for 2 songs, the limit at this jam") as refusal:
        sign_up(entry=songs[2], attendee=dana, part=Part.BASS, now=NOW)
    assert get_status(refusal.value) == 409
    assert sign_up(entry=songs[0], attendee=dana, part=Part.VOCALS, now=NOW)
    assert Performance.objects.values("entry").distinct().count() == 2


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ({"status": EntryStatus.QUEUED}, True),
        ({"status": EntryStatus.ON_DECK, "on_deck_at": NOW}, True),
        ({"status": EntryStatus.SUGGESTED}, True),
        (PLAYING, True),
        (PLAYED, False),
        ({"status": EntryStatus.SKIPPED}, False),
        ({"status": EntryStatus.HIDDEN}, False),
    ],
)
def test_limit_counts_only_songs_not_played_yet(status: dict[str, Any], counts: bool) -> None:
    jam = make_jam(performing_limit=1)
    dana = make_attendee(jam=jam, name="Dana")
    make_performance(entry=make_entry(jam=jam, **status), attendee=dana)
    next_song = make_entry(jam=jam)
    refusal = pytest.raises(ActionError, match="signed up for 1 song, the limit") if counts else nullcontext()
    with refusal:
        sign_up(entry=next_song, attendee=dana, part=Part.BASS, now=NOW)
    assert next_song.performances.exists() is not counts


def test_sign_up_again_clears_a_no_show() -> None:
    jam = make_jam(performing_limit=1)
    missed = make_performance(entry=make_entry(jam=jam), no_show=True)
    assert sign_up(entry=missed.entry, attendee=missed.attendee, part=missed.part, now=NOW)
    missed.refresh_from_db()
    assert (missed.no_show, Performance.objects.count()) == (False, 1)


def test_limit_ignores_a_no_show() -> None:
    jam = make_jam(performing_limit=1)
    missed = make_performance(entry=make_entry(jam=jam), no_show=True)
    assert sign_up(entry=make_entry(jam=jam), attendee=missed.attendee, part=Part.BASS, now=NOW)


def test_limit_changed_by_the_host_applies_at_once() -> None:
    jam = make_jam(performing_limit=1)
    dana = make_performance(entry=make_entry(jam=jam)).attendee
    song = make_entry(jam=jam)
    jam.performing_limit = 2
    jam.save()
    assert sign_up(entry=song, attendee=dana, part=Part.BASS, now=NOW)


def test_withdraw_is_idempotent_and_affects_one_part() -> None:
    mine = make_performance(part=Part.BASS)
    kept = make_performance(entry=mine.entry, part=Part.BASS)
    changed = [withdraw(entry=mine.entry, attendee=mine.attendee, part=Part.BASS, now=NOW) for _ in range(2)]
    assert changed == [True, False]
    assert list(Performance.objects.all()) == [kept]
    assert [event.verb for event in Event.objects.all()] == ["withdraw"]


def test_withdraw_works_while_sign_ups_are_closed() -> None:
    mine = make_performance(entry=make_entry(jam=make_jam(sign_ups=SignUps.CLOSED)))
    assert withdraw(entry=mine.entry, attendee=mine.attendee, part=mine.part, now=NOW)


@pytest.mark.parametrize("status", [PLAYING, PLAYED])
def test_withdraw_is_refused_on_stage(status: dict[str, Any]) -> None:
    mine = make_performance(entry=make_entry(**status))
    with pytest.raises(ActionError):
        withdraw(entry=mine.entry, attendee=mine.attendee, part=mine.part, now=NOW)
    assert list(Performance.objects.all()) == [mine]


def test_sign_up_reloads_a_stale_entry() -> None:
    entry = make_entry()
    Entry.objects.filter(pk=entry.pk).update(**PLAYING)
    with pytest.raises(ActionError, match="already on stage"):
        sign_up(entry=entry, attendee=make_attendee(jam=entry.jam, name="Dana"), part=Part.BASS, now=NOW)
    assert parts() == []
