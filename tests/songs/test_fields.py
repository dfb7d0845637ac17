"""The list of a song's public fields is complete, and all that shows or takes songs follows it."""

import io

import pytest
from django.urls import reverse

from exports.csv_tables import TABLES, stream_table
from songs.fields import IMPORTABLE, SEARCHED, SONG_FIELDS
from songs.models import Song
from songs.selectors.search import find_songs
from songs.services.imports.csv_format import parse_song, write_sample, write_songs
from songs.services.imports.plan import execute_plan, plan_import
from tests.builders import make_song, make_token
from tests.hosts import browser_of, make_host

pytestmark = pytest.mark.django_db

#: Editable fields of the model that are in no list, and why.
NOT_PUBLIC = {"chord_state": "A job finds out whether the link works; only hosts are shown it, in the admin."}

#: A song of which everything is known: the one in the sample file.
VALUES = parse_song({field.name: field.example for field in IMPORTABLE.values()})


def test_every_editable_field_is_in_the_list_or_has_a_reason_not_to_be():
    editable = {field.name for field in Song._meta.concrete_fields if field.editable and not field.primary_key}
    listed = {field.name for field in SONG_FIELDS}
    assert editable - listed == NOT_PUBLIC.keys()
    assert listed - {field.name for field in Song._meta.concrete_fields} == set()


def test_every_importable_field_has_an_example():
    assert [name for name in IMPORTABLE if not VALUES.get(name)] == []


def test_import_reads_every_importable_field_that_export_writes():
    file = io.StringIO()
    write_songs([Song(**VALUES)], file)
    execute_plan(plan_import(file.getvalue().encode()))
    assert Song.objects.values(*IMPORTABLE).get() == VALUES


def test_import_merges_every_importable_field_and_search_finds_it():
    song = make_song(title="PURPLE RAIN", artist="prince")
    file = io.StringIO()
    write_songs([Song(**VALUES)], file)
    execute_plan(plan_import(file.getvalue().encode()))
    assert Song.objects.values(*IMPORTABLE).get() == {**VALUES, "title": song.title, "artist": song.artist}
    assert find_songs("pop", among=Song.objects.all()) == [song]


def test_import_finds_a_column_under_each_of_its_headers():
    assert len(plan_import(b"TITLE,Artist,BPM,Chord link,Genre\nKiss,Prince,111,,funk\n").added) == 1
    execute_plan(plan_import(b"title,artist,bpm,chord link\nKiss,Prince,111,https://chords.example/\n"))
    assert Song.objects.values_list("tempo", "chord_url").get() == (111, "https://chords.example/")


def test_sample_file_can_be_imported():
    file = io.StringIO()
    write_sample(file)
    assert [str(row.song) for row in plan_import(file.getvalue().encode()).added] == ["Purple Rain \N{EN DASH} Prince"]


def test_exported_table_has_every_listed_field():
    make_song(**VALUES)
    header = b"".join(stream_table(TABLES["songs"])).decode("utf-8-sig").splitlines()[0]
    assert header.split(",") == [field.name for field in SONG_FIELDS]


@pytest.mark.parametrize("name", SEARCHED)
def test_every_search_finds_a_song_by_each_searched_field(name, client):
    song, words = make_song(**VALUES), str(VALUES[name])
    make_song()
    found = client.get("/songs/", {"q": words}).context["page"].rows
    in_admin = browser_of(make_host()).get(reverse("admin:songs_song_changelist"), {"q": words}).context["cl"]
    programs = client.get("/api/v1/songs", {"q": words}).json()["items"]
    everything = client.get("/api/v1/search", {"q": words}).json()["songs"]
    assert ([row.pk for row in found], [row.pk for row in in_admin.result_list]) == ([song.pk], [song.pk])
    assert ([row["id"] for row in programs], [row["id"] for row in everything]) == ([song.pk], [song.pk])


def test_songs_that_differ_only_in_genre_are_one_song():
    make_song(**VALUES)
    planned = plan_import(b"title,artist,genre\npurple rain,PRINCE,rock\n")
    assert (len(planned.added), len(planned.merged)) == (0, 1)


def test_api_shows_each_field_where_the_list_says(client):
    song = make_song(**VALUES)
    row, detail = client.get("/api/v1/songs").json()["items"][0], client.get(f"/api/v1/songs/{song.pk}").json()
    in_lists = {field.name for field in SONG_FIELDS if field.api == "list"}
    in_detail = {field.name for field in SONG_FIELDS if field.api == "detail"}
    assert (row.keys() - {"id", "url"}, detail.keys() - row.keys()) == (in_lists, in_detail)
    parts = [{**part, "instrument": part["part"]} for part in VALUES["parts"]]
    assert (row["genre"], detail["parts"]) == (VALUES["genre"], parts)


@pytest.mark.parametrize("name", IMPORTABLE)
def test_api_changes_each_importable_field(name, client):
    song = make_song()
    response = client.patch(
        f"/api/v1/songs/{song.pk}",
        {name: VALUES[name]},
        content_type="application/json",
        headers={"Authorization": f"Bearer {make_token()}"},
    )
    assert (response.status_code, Song.objects.values_list(name, flat=True).get()) == (200, VALUES[name])


def test_admin_shows_every_editable_field_in_its_form():
    form = browser_of(make_host()).get(reverse("admin:songs_song_add")).context["adminform"].form
    assert list(form.fields) == [field.name for field in SONG_FIELDS if field.editable]


def test_song_page_shows_every_fact(client):
    page = client.get(f"/songs/{make_song(**VALUES).pk}/").content.decode()
    facts = [str(field.fact) % VALUES for field in SONG_FIELDS if field.fact]
    assert (len(facts) >= 3, [fact for fact in facts if f"<dd>{fact}</dd>" not in page]) == (True, [])


def test_song_page_leaves_out_unknown_facts(client):
    page = client.get(f"/songs/{make_song(key='Am').pk}/").content.decode()
    assert ("<dt>Key</dt><dd>Am</dd>" in page, "<dt>Genre</dt>" in page) == (True, False)
