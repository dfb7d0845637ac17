"""Two songs that are one: everything of the twin moves to the song that is kept, and undo takes it apart."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from core.exceptions import ActionError, Conflict, Invalid, NotFound
from jams.models import Attendee, Entry, EntryStatus, Event, Jam, JamStatus, Performance, Question
from jams.services.added_songs import add_songs
from jams.services.event_log import describe_event
from jams.services.privacy import forget_attendee
from jams.services.sign_ups import sign_up
from jams.services.stage import finish_song, start_song
from jams.services.undo import undo_event
from songs.models import Song, SongMerge
from songs.services.library import get_or_create_song
from songs.services.pasted_songs import read_pasted_songs
from tests.builders import (
    make_attendee,
    make_entry,
    make_jam,
    make_member,
    make_performance,
    make_series,
    make_song,
    make_token,
    make_user,
    make_vote,
)
from tests.hosts import browser_of, make_host
from venues.models import Role
from votes.models import RemovedVote, Vote
from votes.selectors.song_merges import MergePreview, preview_merge
from votes.services.song_merging import merge_songs, undo_merge
from votes.services.void_votes import void_votes
from votes.services.votes import cast_vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TWINS = "/admin/songs/song/twins/"


@pytest.fixture
def keep() -> Song:
    return make_song(title="Valerie", artist="The Zutons")


@pytest.fixture
def twin() -> Song:
    return make_song(title="Vallerie", artist="The Zutons", key="Eb", tempo=111, chord_url="https://chords.example/v")


@pytest.fixture
def host() -> User:
    return make_user(first_name="Hannah")


def merge(keep: Song, twin: Song, user: User) -> SongMerge:
    return merge_songs(keep=keep, twin=twin, user=user, now=NOW)


def rows() -> list[list[Any]]:
    """All that merging moves; rows that undo makes again have another id."""
    return [
        list(Song.objects.order_by("pk").values("title", "key", "chord_url", "archived", "merged_into")),
        list(Song.objects.order_by("pk").values_list("times_played", "last_played_at", "parts")),
        list(Entry.objects.order_by("pk").values("pk", "song", "status", "chord_url", "suggested_by", "finished_at")),
        sorted(Vote.objects.values_list("entry", "attendee", "created_at")),
        sorted(Performance.objects.values_list("entry", "attendee", "part", "other_part", "no_show", "created_at")),
        sorted(RemovedVote.objects.values_list("event", "entry", "attendee")),
        sorted(Event.objects.exclude(entry=None).values_list("pk", "entry")),
        sorted(Song.series.through.objects.values_list("song", "series")),
        list(Question.objects.order_by("pk").values_list("pk", "entry", "withdrawn_at")),
    ]


def make_busy_pair(keep: Song, twin: Song) -> Jam:
    """A night with both songs, and a past one that has only the twin, with something of every kind in them."""
    jam = make_jam()
    ours, theirs = make_entry(jam=jam, song=keep), make_entry(jam=jam, song=twin, chord_url="https://chords.example/x")
    ana, ben, kim = (make_attendee(jam=jam, name=name) for name in ("Ana", "Ben", "Kim"))
    for entry, people in ((ours, (ana, ben)), (theirs, (ben, kim))):
        for person in people:
            make_vote(entry=entry, attendee=person)
    for entry in (ours, theirs):
        Question.objects.create(jam=jam, entry=entry, instrument="keys")
    make_performance(entry=ours, attendee=ana, part="bass")
    make_performance(entry=theirs, attendee=ana, part="bass")
    make_performance(entry=theirs, attendee=ben, part="other", other_part="saw")
    void_votes(attendee=make_vote(entry=theirs).attendee, user=make_user(), now=NOW)
    Event.objects.create(jam=jam, verb="sign_up", attendee=ben, entry=theirs)
    past = make_jam(status=JamStatus.ENDED, starts_at=NOW - timedelta(days=2))
    played = NOW - timedelta(days=2)
    old = make_entry(jam=past, song=twin, status=EntryStatus.PLAYED, started_at=played, finished_at=played)
    make_vote(entry=old)
    Song.objects.filter(pk=twin.pk).update(times_played=1, last_played_at=played)
    make_series().songs.add(twin)
    make_series().songs.add(keep, twin)
    return jam


def test_votes_sign_ups_and_history_move_and_count_once(keep: Song, twin: Song, host: User) -> None:
    jam = make_busy_pair(keep, twin)
    merge(keep, twin, host)
    entry = jam.entries.get()
    assert (entry.song_id, entry.chord_url) == (keep.pk, "https://chords.example/x")
    assert sorted(entry.votes.values_list("attendee__name", flat=True)) == ["Ana", "Ben", "Kim"]
    sign_ups = entry.performances.order_by("attendee__name").values_list("attendee__name", "part", "other_part")
    assert list(sign_ups) == [("Ana", "bass", ""), ("Ben", "other", "saw")]
    assert (entry.removed_votes.count(), entry.events.get().verb) == (1, "sign_up")
    keep, twin = Song.objects.order_by("pk")
    assert (keep.times_played, keep.last_played_at, keep.entries.count()) == (1, NOW - timedelta(days=2), 2)
    assert (keep.key, keep.tempo, keep.chord_url) == ("Eb", 111, "https://chords.example/v")
    assert (twin.archived, twin.merged_into_id, twin.times_played, twin.entries.count()) == (True, keep.pk, 0, 0)
    assert (keep.series.count(), twin.series.count()) == (2, 0)


@pytest.mark.parametrize("reverse", [False, True])
def test_undo_merge_brings_everything_back(keep: Song, twin: Song, host: User, reverse: bool) -> None:
    make_busy_pair(keep, twin)
    before = rows()
    pair = (twin, keep) if reverse else (keep, twin)
    found = merge(*pair, host)
    assert rows() != before
    undo_merge(merge=found, user=host, now=NOW + timedelta(hours=23))
    assert rows() == before


STATUSES = [
    ("queued", "queued", "queued"),
    ("queued", "on_deck", "on_deck"),
    ("hidden", "queued", "queued"),
    ("queued", "skipped", "queued"),
    ("suggested", "queued", "queued"),
    ("played", "playing", "playing"),
    ("queued", "played", "played"),
]


@pytest.mark.parametrize(("ours", "theirs", "left"), STATUSES)
def test_entry_that_is_further_on_stays(keep: Song, twin: Song, host: User, ours: str, theirs: str, left: str) -> None:
    played = ["started_at", "finished_at"]
    jam, times = make_jam(), {"on_deck": ["on_deck_at"], "playing": ["started_at"], "played": played}
    for song, status in ((keep, ours), (twin, theirs)):
        make_entry(jam=jam, song=song, status=status, **dict.fromkeys(times.get(status, []), NOW))
    before = rows()
    found = merge(keep, twin, host)
    assert [(entry.song_id, entry.status) for entry in jam.entries.all()] == [(keep.pk, left)]
    undo_merge(merge=found, user=host, now=NOW)
    assert rows() == before


def test_vote_withdrawn_after_a_merge_stays_withdrawn(keep: Song, twin: Song, host: User) -> None:
    jam = make_jam()
    ours, theirs = make_entry(jam=jam, song=keep), make_entry(jam=jam, song=twin)
    ana, ben = make_vote(entry=theirs).attendee, make_vote(entry=theirs).attendee
    found = merge(keep, twin, host)
    ours.votes.filter(attendee=ana).delete()
    new = make_vote(entry=ours).attendee
    undo_merge(merge=found, user=host, now=NOW)
    assert set(theirs.votes.values_list("attendee", flat=True)) == {ben.pk}
    assert set(ours.votes.values_list("attendee", flat=True)) == {new.pk}


def test_chord_sheet_set_after_a_merge_stays_where_it_is(keep: Song, twin: Song, host: User) -> None:
    jam = make_jam()
    ours, theirs = make_entry(jam=jam, song=keep), make_entry(jam=jam, song=twin, chord_url="https://chords.example/x")
    found = merge(keep, twin, host)
    Entry.objects.filter(pk=ours.pk).update(chord_url="https://chords.example/new")
    undo_merge(merge=found, user=host, now=NOW)
    links = dict(Entry.objects.values_list("pk", "chord_url"))
    assert links == {ours.pk: "https://chords.example/new", theirs.pk: ""}


def test_undo_of_a_play_is_refused_once_the_song_was_merged(keep: Song, twin: Song, host: User) -> None:
    jam = make_jam()
    entry = make_entry(jam=jam, song=twin)
    start_song(jam=jam, entry=entry, seen=None, user=host, now=NOW)
    event = finish_song(jam=jam, entry=entry, user=host, now=NOW)
    Song.objects.filter(pk=keep.pk).update(times_played=1, last_played_at=NOW - timedelta(days=9))
    merge(keep, twin, host)
    assert event is not None
    with pytest.raises(Conflict):
        undo_event(event=event, user=host, now=NOW)
    kept = Song.objects.get(pk=keep.pk)
    assert (kept.times_played, kept.last_played_at) == (2, NOW)


def test_undo_of_added_songs_leaves_a_merge_alone(keep: Song, host: User) -> None:
    jam = make_jam()
    event = add_songs(jam=jam, pasted=read_pasted_songs("Valleri - The Zutons").songs, user=host, now=NOW)
    assert event is not None
    added = Song.objects.get(title="Valleri")
    found = merge(keep, added, host)
    undo_event(event=event, user=host, now=NOW)
    assert (jam.entries.count(), Song.objects.get(pk=added.pk).merged_into_id) == (0, keep.pk)
    assert SongMerge.objects.get() == found


def test_twin_that_was_brought_back_is_a_song_again(keep: Song, twin: Song, host: User) -> None:
    first = merge(keep, twin, host)
    Song.objects.filter(pk=twin.pk).update(archived=False)
    with pytest.raises(Conflict, match="later changes"):
        undo_merge(merge=first, user=host, now=NOW)
    second = merge(keep, twin, host)
    with pytest.raises(Conflict, match="later changes"):
        undo_merge(merge=first, user=host, now=NOW)
    undo_merge(merge=second, user=host, now=NOW)
    assert set(Song.objects.values_list("archived", "merged_into")) == {(False, None)}


def test_undo_merge_brings_nothing_back_of_somebody_forgotten(keep: Song, twin: Song, host: User) -> None:
    jam = make_jam()
    make_entry(jam=jam, song=keep)
    theirs = make_entry(jam=jam, song=twin)
    ana = make_vote(entry=theirs, attendee=make_attendee(jam=jam, name="Ana")).attendee
    make_performance(entry=theirs, attendee=ana, part="other", other_part="Ana's saw")
    found = merge(keep, twin, host)
    forget_attendee(jam=jam, attendee=ana, now=NOW)
    undo_merge(merge=found, user=host, now=NOW)
    assert (Vote.objects.count(), Performance.objects.count()) == (0, 0)
    assert "saw" not in str(list(SongMerge.objects.values()))


def test_questions_for_both_songs_become_one(keep: Song, twin: Song, host: User) -> None:
    jam = make_jam()
    entries = [make_entry(jam=jam, song=song) for song in (keep, twin)]
    ours, theirs = [Question.objects.create(jam=jam, entry=entry, instrument="bass") for entry in entries]
    merge(keep, twin, host)
    here = Question.objects.filter(entry=jam.entries.get()).order_by("pk").values_list("pk", "withdrawn_at")
    assert list(here) == [(ours.pk, None), (theirs.pk, theirs.asked_at)]


def test_name_of_a_merged_song_leads_to_the_one_that_stays(keep: Song, twin: Song, host: User, client: Any) -> None:
    merge(keep, twin, host)
    assert get_or_create_song("vallerie", "zutons") == keep
    response = client.get(f"/songs/{twin.pk}/")
    assert (response.status_code, response["Location"]) == (302, f"/songs/{keep.pk}/")


def test_merge_of_merges_leads_to_the_last_and_back(keep: Song, twin: Song, host: User) -> None:
    third = make_song()
    merge(twin, third, host)
    found = merge(keep, twin, host)
    assert set(Song.objects.filter(merged_into=keep)) == {twin, third}
    undo_merge(merge=found, user=host, now=NOW)
    assert (set(Song.objects.filter(merged_into=twin)), Song.objects.filter(merged_into=keep).count()) == ({third}, 0)


def test_merge_songs_refuses_what_makes_no_sense(keep: Song, twin: Song, host: User) -> None:
    gone, archived = make_song(), make_song(archived=True)
    Song.objects.filter(pk=gone.pk).delete()
    merge(keep, twin, host)
    cases: list[tuple[Song, Song, type[ActionError]]] = [
        (keep, keep, Invalid),
        (keep, gone, NotFound),
        (archived, keep, Conflict),
        (keep, twin, Conflict),
        (twin, make_song(), Conflict),
    ]
    for first, second, error in cases:
        with pytest.raises(error):
            merge(first, second, host)
    assert SongMerge.objects.count() == 1


def test_undo_merge_is_refused_late_twice_and_after_a_play(keep: Song, twin: Song, host: User) -> None:
    jam = make_jam()
    entry = make_entry(jam=jam, song=twin)
    found = merge(keep, twin, host)
    with pytest.raises(Conflict, match="any more"):
        undo_merge(merge=found, user=host, now=NOW + timedelta(days=1, seconds=1))
    start_song(jam=jam, entry=entry, seen=None, user=host, now=NOW)
    finish_song(jam=jam, entry=entry, user=host, now=NOW)
    with pytest.raises(Conflict, match="later changes"):
        undo_merge(merge=found, user=host, now=NOW)
    other = merge(make_song(), make_song(), host)
    undo_merge(merge=other, user=host, now=NOW)
    with pytest.raises(Conflict, match="already been undone"):
        undo_merge(merge=other, user=host, now=NOW)


def test_hosts_of_open_nights_read_of_a_merge_and_its_undo(keep: Song, twin: Song, host: User) -> None:
    jam, past = make_jam(), make_jam(status=JamStatus.ENDED)
    for night in (jam, past):
        make_entry(jam=night, song=twin)
    undo_merge(merge=merge(keep, twin, host), user=host, now=NOW)
    told = [describe_event(event) for event in jam.events.select_related("user").order_by("pk")]
    assert told == [
        "Hannah merged the song Vallerie into Valerie",
        "Hannah undid “Hannah merged the song Vallerie into Valerie”",
    ]
    assert past.events.count() == 0


@pytest.mark.parametrize("nights", [1, 12])
def test_merge_of_songs_on_other_nights_takes_as_many_queries(
    keep: Song, twin: Song, host: User, nights: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(nights):
        make_vote(entry=make_entry(jam=make_jam(status=JamStatus.ENDED), song=twin))
    with django_assert_num_queries(24):
        merge(keep, twin, host)


def test_preview_merge_counts_what_moves(keep: Song, twin: Song) -> None:
    make_busy_pair(keep, twin)
    assert preview_merge(keep, twin) == MergePreview(
        nights=2, nights_with_both=1, votes=3, votes_for_both=1, sign_ups=2
    )


def test_twin_pages_lead_from_the_pair_to_the_merge_and_back(keep: Song, twin: Song) -> None:
    browser = browser_of(make_host())
    address = f"{TWINS}merge/?keep={keep.pk}&twin={twin.pk}"
    assert address.replace("&", "&amp;") in browser.get(TWINS).text
    page = browser.get(address).text
    assert "People who voted for both, and then count once: 0" in page
    assert Song.objects.filter(archived=True).count() == 0
    response = browser.post(f"{TWINS}merge/", {"keep": keep.pk, "twin": twin.pk}, follow=True)
    assert f"Merged into {keep}." in response.text
    assert Song.objects.get(archived=True) == twin
    browser.post(f"{TWINS}{SongMerge.objects.get().pk}/undo/")
    assert Song.objects.filter(archived=True).count() == 0
    again = browser.post(f"{TWINS}{SongMerge.objects.get().pk}/undo/", follow=True)
    assert "This has already been undone." in again.text


def test_merge_page_says_why_it_refuses(keep: Song, twin: Song) -> None:
    browser = browser_of(make_host())
    response = browser.post(f"{TWINS}merge/", {"keep": keep.pk, "twin": keep.pk})
    assert (response.status_code, "Choose two different songs." in response.text) == (400, True)
    for wrong in ("0", "x", "9" * 30, ""):
        assert browser.get(f"{TWINS}merge/?keep={keep.pk}&twin={wrong}").status_code == 302


def test_action_in_the_list_of_songs_needs_two(keep: Song, twin: Song) -> None:
    browser = browser_of(make_host())
    merging = f"{TWINS}merge/?keep={keep.pk}&twin={twin.pk}"
    for songs, where in (([keep, twin], merging), ([keep], "/admin/songs/song/")):
        sent = {"action": "merge", "_selected_action": [song.pk for song in songs]}
        assert browser.post("/admin/songs/song/", sent)["Location"] == where


def test_only_those_who_keep_the_library_merge(keep: Song, twin: Song) -> None:
    venue = make_jam().venue
    people = {role: make_member(venue=venue, role=role).user for role in (Role.HOST, Role.MANAGER)}
    sent = {"keep": keep.pk, "twin": twin.pk}
    for user, status in ((people[Role.HOST], 403), (None, 302), (people[Role.MANAGER], 303)):
        browser = browser_of(user)
        assert browser.get(TWINS).status_code == (200 if status == 303 else status)
        assert browser.post(f"{TWINS}merge/", sent).status_code == status
        assert SongMerge.objects.count() == (status == 303)
    undo = f"{TWINS}{SongMerge.objects.get().pk}/undo/"
    assert [browser_of(user).post(undo).status_code for user in (people[Role.HOST], None)] == [403, 302]
    assert SongMerge.objects.get().undone_at is None


def test_api_merges_and_undoes_with_a_token_for_the_library(keep: Song, twin: Song, client: Any) -> None:
    def call(path: str, body: dict[str, int], **who: Any) -> Any:
        headers = {"Authorization": f"Bearer {make_token(**who)}"}
        return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)

    weak = make_member(role=Role.HOST).user
    assert call(f"songs/{keep.pk}/merge", {"twin_id": twin.pk}, user=weak).status_code == 403
    assert call(f"songs/{keep.pk}/merge", {"twin_id": twin.pk}, scopes=["jams"]).status_code == 403
    assert call(f"songs/{keep.pk}/merge", {"twin_id": 900_000_000}).status_code == 404
    merged = call(f"songs/{keep.pk}/merge", {"twin_id": twin.pk}).json()
    assert merged == {"merge_id": SongMerge.objects.get().pk, "song_id": keep.pk, "twin_id": twin.pk}
    assert call(f"songs/{keep.pk}/merge", {"twin_id": twin.pk}).status_code == 409
    undo = f"song-merges/{merged['merge_id']}/undo"
    assert [call(undo, {}, **who).status_code for who in ({"user": weak}, {"scopes": ["jams"]}, {})] == [403, 403, 200]
    assert Song.objects.filter(merged_into=None).count() == 2


def test_sign_up_for_an_entry_that_has_just_gone_says_so(keep: Song) -> None:
    jam = make_jam()
    entry, ana = make_entry(jam=jam, song=keep), make_attendee(jam=jam, name="Ana")
    Entry.objects.filter(pk=entry.pk).delete()
    with pytest.raises(NotFound, match="no longer on the set list"):
        sign_up(entry=entry, attendee=ana, part="bass", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_votes_cast_while_songs_are_merged_count_once_or_are_refused(keep: Song, twin: Song, host: User) -> None:
    jam, voters = make_jam(), 12
    ours, theirs = make_entry(jam=jam, song=keep), make_entry(jam=jam, song=twin)
    start = Barrier(voters + 1)

    def vote(number: int) -> dict[int, bool]:
        """Vote for both songs, in one order or the other, or only for the twin; return what was acknowledged."""
        said = {}
        try:
            start.wait()
            for entry in ((theirs,), (theirs, ours), (ours, theirs))[number % 3]:
                ballot: dict[str, Any] = {"slug": jam.slug, "entry_id": entry.pk, "browser": f"{number:064}"}
                try:
                    cast_vote(**ballot, wanted=True, networks=(), now=NOW)
                    said[entry.pk] = True
                except NotFound:
                    said[entry.pk] = False
        finally:
            connection.close()
        return said

    def merge_meanwhile() -> SongMerge:
        try:
            start.wait()
            return merge(keep, twin, host)
        finally:
            connection.close()

    with ThreadPoolExecutor(voters + 1) as threads:
        merging = threads.submit(merge_meanwhile)
        said = list(threads.map(vote, range(voters)))
        merging.result()
    assert all(one.get(ours.pk, True) for one in said)
    assert Entry.objects.get() == ours
    acknowledged = [number for number, one in enumerate(said) if any(one.values())]
    browsers = Attendee.objects.filter(votes__entry=ours).values_list("browser", flat=True)
    assert len(acknowledged) == len(set(browsers)) == Vote.objects.count()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_merge_the_other_way_round_at_once_one_is_refused(keep: Song, twin: Song, host: User) -> None:
    make_busy_pair(keep, twin)
    start = Barrier(2)

    def try_to_merge(pair: tuple[Song, Song]) -> str:
        try:
            start.wait()
            merge(*pair, host)
        except Conflict as refusal:
            return str(refusal)
        else:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        said = sorted(threads.map(try_to_merge, [(keep, twin), (twin, keep)]))
    assert (said[0], bool(said[1]), SongMerge.objects.count()) == ("", True, 1)
