import pytest
from django.utils import timezone

from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.models import Attendee, Entry, EntryStatus, Event, JamStatus, Performance, SignUps
from jams.services.host_people import (
    add_performer,
    add_walk_up,
    mark_no_show,
    mark_turned_up,
    remove_person,
    rename_person,
)
from jams.services.membership import collect_sign_ups, join_as_musician, make_listener, restore_sign_ups
from jams.services.privacy import forget_attendee
from jams.services.undo import undo_event
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_user, make_vote

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def walk_up(entry: Entry, name: str = "Dana", part: str = "bass", other_part: str = "") -> Event | None:
    return add_walk_up(
        jam=entry.jam, entry=entry, name=name, part=part, other_part=other_part, user=make_user(), now=NOW
    )


def refused(status: int) -> pytest.RaisesExc[ActionError]:
    return pytest.raises(ActionError, check=lambda refusal: get_status(refusal) == status)


def test_walk_up_plays_without_a_phone() -> None:
    entry = make_entry()
    walk_up(entry, "  Dana ")
    performance = Performance.objects.select_related("attendee").get()
    assert (performance.entry_id, performance.part) == (entry.pk, "bass")
    assert (performance.attendee.name, performance.attendee.browser) == ("Dana", None)


def test_walk_up_in_a_second_song_is_the_same_person() -> None:
    jam = make_jam()
    for _ in range(2):
        walk_up(make_entry(jam=jam))
    assert (Attendee.objects.count(), Performance.objects.count()) == (1, 2)


def test_walk_up_who_was_removed_after_a_turn_comes_back() -> None:
    jam = make_jam()
    dana = make_attendee(jam=jam, name="Dana", browser=None, left_at=NOW)
    walk_up(make_entry(jam=jam))
    dana.refresh_from_db()
    assert (dana.is_musician, Attendee.objects.count()) == (True, 1)


def test_walk_up_takes_a_part_once() -> None:
    entry = make_entry()
    assert [walk_up(entry) is not None, walk_up(entry, "dana")] == [True, None]


def test_walk_up_cannot_take_the_name_of_a_guest() -> None:
    entry = make_entry()
    make_attendee(jam=entry.jam, name="Dana")
    with pytest.raises(ActionError, match=r"DANA K\. is free"):
        walk_up(entry, "DANA")
    assert Performance.objects.count() == 0


def test_walk_up_is_subject_to_the_performing_limit() -> None:
    jam = make_jam(performing_limit=1)
    entry = make_entry(jam=jam)
    walk_up(entry)
    walk_up(entry, part="vocals")
    with refused(409):
        walk_up(make_entry(jam=jam))
    assert Performance.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "part", "words"),
    [("", "bass", ""), ("x" * 61, "bass", ""), ("Dana", "spoons", ""), ("D", "other", "x" * 41)],
)
def test_walk_up_needs_a_name_and_a_part(name: str, part: str, words: str) -> None:
    with refused(400):
        walk_up(make_entry(), name, part, words)
    assert Attendee.objects.count() == 0


@pytest.mark.parametrize("status", ["suggested", "hidden", "skipped"])
def test_walk_up_joins_only_songs_in_the_queue(status: str) -> None:
    with refused(409):
        walk_up(make_entry(status=status))


def test_undo_walk_up_deletes_a_new_person() -> None:
    event = walk_up(make_entry())
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    assert (Attendee.objects.count(), Performance.objects.count()) == (0, 0)


def test_undo_walk_up_keeps_their_other_song() -> None:
    jam = make_jam()
    first = walk_up(make_entry(jam=jam))
    walk_up(make_entry(jam=jam))
    assert first is not None
    undo_event(event=first, user=make_user(), now=NOW)
    assert (Attendee.objects.count(), Performance.objects.count()) == (1, 1)


def test_undo_walk_up_is_refused_once_the_song_was_played() -> None:
    entry = make_entry()
    event = walk_up(entry)
    Entry.objects.update(status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    assert event is not None
    with refused(409):
        undo_event(event=event, user=make_user(), now=NOW)


def test_mark_no_show_affects_one_song_until_undone() -> None:
    jam = make_jam()
    mine = make_performance(attendee=make_attendee(jam=jam, name="Dana"), entry=make_entry(jam=jam))
    entry, _other = mine.entry, make_performance(entry=mine.entry)
    event = mark_no_show(jam=entry.jam, entry=entry, name="dana", user=make_user(), now=NOW)
    assert list(Performance.objects.order_by("pk").values_list("no_show", flat=True)) == [True, False]
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    assert not Performance.objects.filter(no_show=True).exists()


def test_mark_no_show_is_idempotent_and_reversible() -> None:
    jam = make_jam()
    entry = make_performance(attendee=make_attendee(jam=jam, name="Dana"), entry=make_entry(jam=jam)).entry
    marks = [mark_no_show, mark_no_show, mark_turned_up, mark_turned_up]
    events = [mark(jam=entry.jam, entry=entry, name="Dana", user=make_user(), now=NOW) for mark in marks]
    assert [event.verb if event else None for event in events] == ["mark_no_show", None, "mark_turned_up", None]


@pytest.mark.parametrize("name", ["", "Nobody"])
def test_mark_no_show_refuses_an_unknown_name(name: str) -> None:
    entry = make_performance().entry
    with refused(404):
        mark_no_show(jam=entry.jam, entry=entry, name=name, user=make_user(), now=NOW)


def test_rename_person_can_be_undone() -> None:
    attendee = make_attendee(name="Dna")
    event = rename_person(jam=attendee.jam, name="dna", to="Dana", user=make_user(), now=NOW)
    attendee.refresh_from_db()
    assert (attendee.name, attendee.name_key) == ("Dana", "dana")
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    attendee.refresh_from_db()
    assert attendee.name == "Dna"


def test_rename_person_refuses_a_taken_name() -> None:
    attendee = make_attendee(name="Dana")
    make_attendee(jam=attendee.jam, name="Sam")
    with refused(409):
        rename_person(jam=attendee.jam, name="Dana", to="sam", user=make_user(), now=NOW)


def test_undo_rename_is_refused_for_a_name_taken_meanwhile() -> None:
    attendee = make_attendee(name="Dana")
    event = rename_person(jam=attendee.jam, name="Dana", to="Dan", user=make_user(), now=NOW)
    make_attendee(jam=attendee.jam, name="Dana")
    assert event is not None
    with refused(409):
        undo_event(event=event, user=make_user(), now=NOW)


def test_undo_rename_is_refused_for_somebody_gone_or_renamed_again() -> None:
    attendee = make_attendee(name="Dna")
    first = rename_person(jam=attendee.jam, name="Dna", to="Dana", user=make_user(), now=NOW)
    second = rename_person(jam=attendee.jam, name="Dana", to="Diana", user=make_user(), now=NOW)
    assert first is not None
    assert second is not None
    with refused(409):
        undo_event(event=first, user=make_user(), now=NOW)
    attendee.delete()
    with refused(409):
        undo_event(event=second, user=make_user(), now=NOW)


def test_remove_person_leaves_the_queue_and_keeps_votes() -> None:
    jam = make_jam()
    performance = make_performance(attendee=make_attendee(jam=jam, name="Dana"), entry=make_entry(jam=jam))
    attendee = performance.attendee
    vote = make_vote(attendee=attendee, entry=make_entry(jam=attendee.jam))
    remove_person(jam=attendee.jam, name="Dana", user=make_user(), now=NOW)
    attendee.refresh_from_db()
    vote.refresh_from_db()
    assert (attendee.name, Performance.objects.count()) == ("", 0)


def test_remove_person_keeps_songs_already_played() -> None:
    entry = make_entry(status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    attendee = make_performance(entry=entry, attendee=make_attendee(jam=entry.jam, name="Dana")).attendee
    remove_person(jam=attendee.jam, name="Dana", user=make_user(), now=NOW)
    attendee.refresh_from_db()
    assert (attendee.name, attendee.is_musician, entry.performances.count()) == ("Dana", False, 1)


def sign_ups() -> list[tuple[str, int, str, str]]:
    return list(Performance.objects.order_by("pk").values_list("attendee__name", "entry", "part", "other_part"))


def test_remove_person_can_be_undone_with_their_sign_ups() -> None:
    jam = make_jam()
    dana = make_attendee(jam=jam, name="Dana", browser="dana", plays=["bass", "keys"])
    for part in ("bass", "keys"):
        make_performance(attendee=dana, entry=make_entry(jam=jam), part=part)
    before = sign_ups()
    event = remove_person(jam=jam, name="Dana", user=make_user(), now=NOW)
    assert sign_ups() == []
    undo_event(event=event, user=make_user(), now=NOW)
    dana.refresh_from_db()
    assert (dana.name, dana.plays, dana.is_musician, sign_ups()) == ("Dana", ["bass", "keys"], True, before)


def test_undo_remove_person_leaves_the_rest_of_their_row_alone() -> None:
    dana = make_attendee(name="Dana")
    taken = collect_sign_ups(dana)
    make_listener(attendee=dana, now=NOW)
    Attendee.objects.filter(pk=dana.pk).update(votes_void=True)  # after `dana` was read
    restore_sign_ups(jam=dana.jam, attendee=dana, name="Dana", taken=taken, now=NOW)
    dana.refresh_from_db()
    assert (dana.name, dana.votes_void) == ("Dana", True)


def test_undo_remove_person_leaves_out_songs_played_meanwhile() -> None:
    jam = make_jam()
    dana = make_attendee(jam=jam, name="Dana", browser="dana")
    played, coming = (make_performance(attendee=dana, entry=make_entry(jam=jam)).entry for _ in range(2))
    event = remove_person(jam=jam, name="Dana", user=make_user(), now=NOW)
    jam.entries.filter(pk=played.pk).update(status=EntryStatus.PLAYED, started_at=NOW, finished_at=NOW)
    undo_event(event=event, user=make_user(), now=NOW)
    assert [entry for _name, entry, *_part in sign_ups()] == [coming.pk]


def test_undo_remove_person_brings_back_a_walk_up() -> None:
    entry = make_entry()
    walk_up(entry, part="other", other_part="kazoo")
    before = sign_ups()
    event = remove_person(jam=entry.jam, name="Dana", user=make_user(), now=NOW)
    assert (Attendee.objects.count(), Performance.objects.count()) == (0, 0)
    undo_event(event=event, user=make_user(), now=NOW)
    assert (sign_ups(), Attendee.objects.get().browser) == (before, None)


def test_undo_remove_person_is_refused_for_somebody_back_or_gone() -> None:
    jam = make_jam()
    dana = make_attendee(jam=jam, name="Dana", browser="dana")
    make_attendee(jam=jam, name="Sam", browser="sam")
    back, gone = (remove_person(jam=jam, name=name, user=make_user(), now=NOW) for name in ("Dana", "Sam"))
    dana.refresh_from_db()
    dana.jam = jam
    join_as_musician(jam=jam, attendee=dana, name="Dan", now=NOW)
    Attendee.objects.filter(browser="sam").delete()
    for event in (back, gone):
        with refused(409):
            undo_event(event=event, user=make_user(), now=NOW)
    assert list(Attendee.objects.values_list("name", flat=True)) == ["Dan"]


def test_undo_remove_person_is_refused_for_a_name_taken_meanwhile() -> None:
    jam = make_jam()
    make_attendee(jam=jam, name="Dana", browser="dana")
    event = remove_person(jam=jam, name="Dana", user=make_user(), now=NOW)
    make_attendee(jam=jam, name="Dana", browser="another")
    with pytest.raises(ActionError, match=r"Dana K\. is free"):
        undo_event(event=event, user=make_user(), now=NOW)


def test_undo_remove_person_is_refused_once_their_data_is_deleted() -> None:
    jam = make_jam()
    dana = make_attendee(jam=jam, name="Dana", browser="dana")
    make_performance(attendee=dana, entry=make_entry(jam=jam), part="other", other_part="kazoo")
    event = remove_person(jam=jam, name="Dana", user=make_user(), now=NOW)
    dana.refresh_from_db()
    dana.jam = jam
    forget_attendee(jam=jam, attendee=dana, now=NOW)
    event = Event.objects.select_related("jam").get(pk=event.pk)
    assert "kazoo" not in str(event.data)
    with refused(409):
        undo_event(event=event, user=make_user(), now=NOW)


def test_host_signs_up_a_musician_who_has_a_phone() -> None:
    """Also after last call, when they can't do so themselves; undo leaves them at the jam."""
    jam = make_jam(sign_ups=SignUps.CLOSED)
    dana, entry = make_attendee(jam=jam, name="Dana", browser="dana"), make_entry(jam=jam)
    event = add_walk_up(jam=jam, entry=entry, name="dana", part="bass", known=True, user=make_user(), now=NOW)
    assert sign_ups() == [("Dana", entry.pk, "bass", "")]
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    assert (sign_ups(), list(Attendee.objects.all())) == ([], [dana])


def test_host_cannot_sign_up_a_known_musician_who_is_not_here() -> None:
    entry = make_entry()
    with refused(404):
        add_walk_up(jam=entry.jam, entry=entry, name="Dana", part="bass", known=True, user=make_user(), now=NOW)
    assert sign_ups() == []


def test_performer_joins_the_song_on_stage_from_the_admin_too() -> None:
    entry = make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    dana = make_attendee(jam=entry.jam, name="Dana")
    assert add_performer(entry=entry, attendee=dana, part="bass", user=make_user(), now=NOW)
    assert sign_ups() == [("Dana", entry.pk, "bass", "")]


def test_walk_up_joins_the_song_on_stage() -> None:
    entry = make_entry(status=EntryStatus.PLAYING, started_at=NOW)
    event = walk_up(entry)
    assert [name for name, *_part in sign_ups()] == ["Dana"]
    assert event is not None
    undo_event(event=event, user=make_user(), now=NOW)
    assert sign_ups() == []


@pytest.mark.parametrize("name", ["", "Nobody"])
def test_remove_and_rename_refuse_an_unknown_name(name: str) -> None:
    jam = make_attendee(name="Dana").jam
    make_attendee(jam=jam)
    with refused(404):
        remove_person(jam=jam, name=name, user=make_user(), now=NOW)
    with refused(404):
        rename_person(jam=jam, name=name, to="Sam", user=make_user(), now=NOW)


def test_host_actions_on_people_are_refused_after_the_end() -> None:
    attendee = make_attendee(name="Dana", jam=make_jam(status=JamStatus.ENDED))
    with refused(409):
        remove_person(jam=attendee.jam, name="Dana", user=make_user(), now=NOW)
    with refused(409):
        rename_person(jam=attendee.jam, name="Dana", to="Sam", user=make_user(), now=NOW)


def test_long_folding_name_is_found_again() -> None:
    entry = make_entry()
    walk_up(entry, "\ufdfa" * 60)
    remove_person(jam=entry.jam, name="\ufdfa" * 60, user=make_user(), now=NOW)
    assert Performance.objects.count() == 0
