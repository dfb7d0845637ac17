"""Rows are never loaded piece by piece; derived columns (folded names, searched words) never fall behind."""

import pytest
from django.apps import apps
from django.core.exceptions import FieldError, FieldFetchBlocked
from django.db.models import FETCH_ONE

from core.fields import FoldedField
from core.querysets import StrictQuerySet
from jams.models import Attendee, Entry, Jam
from jams.selectors.search import find_jams
from songs.models import Song
from songs.selectors.search import find_songs
from tests.builders import make_attendee, make_entry, make_jam, make_song, make_venue, make_vote
from venues.models import Venue
from venues.selectors import find_venues
from votes.models import Vote

pytestmark = pytest.mark.django_db
DERIVING = [
    model for model in apps.get_models() if any(isinstance(field, FoldedField) for field in model._meta.concrete_fields)
]


def test_models_with_derived_fields_are_these():
    assert {model.__name__ for model in DERIVING} == {"Song", "Venue", "Jam", "Attendee", "Series"}


@pytest.mark.parametrize("model", DERIVING, ids=lambda model: model.__name__)
def test_models_with_derived_fields_write_through_a_strict_query_set(model):
    assert isinstance(model._default_manager.all(), StrictQuerySet)


def test_bulk_update_derives_match_key_and_words_of_a_song():
    song = make_song(title="Valerie", artist="The Zutons")
    song.title = "Zoë"
    Song.objects.bulk_update([song], ["title"])
    assert [found.title for found in find_songs("zoe zutons", among=Song.objects.all())] == ["Zoë"]
    assert Song.objects.called(title="ZOE", artist="the zutons").get() == song


def test_bulk_update_of_other_fields_writes_no_derived_ones():
    song = make_song(title="Valerie")
    song.title, song.key = "Zombie", "Em"
    Song.objects.bulk_update([song], ["key"])
    assert Song.objects.values_list("title", "words").get()[1].startswith("valerie")


def test_bulk_update_derives_the_name_key_of_an_attendee():
    ana = make_attendee(name="Ana")
    ana.name = "Zoë"
    Attendee.objects.bulk_update([ana], ["name"])
    assert Attendee.objects.values_list("name_key", flat=True).get() == "zoe"


def test_bulk_update_of_a_jams_venue_derives_its_words():
    jam, harbour = make_jam(), make_venue(name="Harbour")
    jam.venue = harbour
    Jam.objects.bulk_update([jam], ["venue"])
    assert find_jams("harbour", among=Jam.objects.all()) == [jam]


def test_bulk_create_derives_words():
    Song.objects.bulk_create([Song(title="Purple Haze", artist="Jimi")])
    Venue.objects.bulk_create([Venue(name="Harbour", slug="harbour")])
    assert len(find_songs("haze", among=Song.objects.all()) + find_venues("harbour", among=Venue.objects.all())) == 2


def test_bulk_create_that_updates_what_is_there_derives_words():
    song = make_song(title="Valerie", artist="Zutons")
    Song.objects.bulk_create(
        [Song(pk=song.pk, title="Zombie", artist="Zutons")],
        update_conflicts=True,
        update_fields=["title"],
        unique_fields=["id"],
    )
    assert [found.title for found in find_songs("zombie", among=Song.objects.all())] == ["Zombie"]


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Song, {"title": "Zombie"}),
        (Song, {"artist": "Cranberries", "match_key": "zombie"}),
        (Venue, {"address": "Slipway 3"}),
        (Jam, {"venue_id": 1}),
        (Attendee, {"name": "Ana"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "+".join(value),
)
def test_update_refuses_a_source_without_its_derived_fields(model, values):
    with pytest.raises(FieldError, match="stale"):
        model.objects.update(**values)


def test_update_takes_a_source_together_with_its_derived_field():
    make_attendee(name="Ana")
    Attendee.objects.update(name="Zoë", name_key="zoe", look_key="zoe", name_order="zoe")
    assert Attendee.objects.get().name == "Zoë"


@pytest.mark.parametrize("values", [{"tempo": 90}, {"times_played": 0}])
def test_update_takes_what_nothing_is_derived_from(values):
    make_song()
    assert Song.objects.update(**values) == 1


def test_bulk_update_refuses_what_jams_derive_their_words_from():
    venue = make_jam().venue
    venue.name = "Harbour"
    with pytest.raises(FieldError, match=r"jams\.Jam\.words"):
        Venue.objects.bulk_update([venue], ["name"])


def test_save_refuses_a_source_without_its_derived_fields():
    song = make_song()
    with pytest.raises(FieldError, match="match_key, title_order, words"):
        song.save(update_fields=["title"])
    with pytest.raises(FieldError):
        Song.objects.only("title", "artist").get().save()


def test_update_or_create_derives_words():
    song = make_song(title="Valerie", artist="Zutons")
    Song.objects.update_or_create(pk=song.pk, defaults={"title": "Zombie"})
    assert [found.title for found in find_songs("zombie", among=Song.objects.all())] == ["Zombie"]


def test_a_row_does_not_load_what_was_not_asked_for() -> None:
    entry = make_entry()
    for row in (Entry.objects.get(), entry.jam.entries.get()):
        with pytest.raises(FieldFetchBlocked):
            _ = row.song
    with pytest.raises(FieldFetchBlocked):
        _ = Entry.objects.defer("status").get().status


def test_a_row_has_what_was_asked_for() -> None:
    entry = make_entry()
    assert Entry.objects.select_related("song").get().song == entry.song
    assert Entry.objects.prefetch_related("jam").get().jam == entry.jam


def test_delete_reads_what_its_receivers_need_for_all_rows_at_once(django_assert_num_queries) -> None:
    for entries in (1, 3):
        jam = make_jam()
        votes = [make_vote(entry=make_entry(jam=jam)).pk for _entry in range(entries)]
        with django_assert_num_queries(4):  # the votes, their entries, the entries' jams, and the delete
            Vote.objects.filter(pk__in=votes).delete()
    assert not hasattr(Vote.objects, "delete")


def test_a_query_may_ask_for_lazy_loads() -> None:
    entry = make_entry()
    assert Entry.objects.all().fetch_mode(FETCH_ONE).get().jam == entry.jam
