import pytest
from django.contrib.auth.models import Permission

from accounts.models import Scope
from songs.models import ChordState, Song
from tests.builders import make_song, make_token, make_user, make_venue
from venues.models import Venue

pytestmark = pytest.mark.django_db
NEW = {"title": "Purple Rain", "artist": "Prince", "tempo": 113, "parts": [{"part": "bass"}]}


def send(client, method, path, body, token):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_a_program_adds_a_song(client):
    response = send(client, "post", "songs", NEW, make_token())
    song = Song.objects.get()
    assert (response.status_code, response.json()["id"]) == (201, song.pk)
    assert (song.title, song.artist, song.tempo, song.parts) == (
        "Purple Rain",
        "Prince",
        113,
        [{"part": "bass"}],
    )


def test_a_program_names_instruments_beyond_the_six_parts(client):
    parts = [{"part": "other", "instrument": "tenor-sax", "optional": True}, {"part": "keys", "count": 2}]
    told = send(client, "post", "songs", NEW | {"parts": parts}, make_token()).json()["parts"]
    assert Song.objects.get().parts == [{"part": "tenor-sax", "optional": True}, {"part": "keys", "count": 2}]
    assert [(need["part"], need["instrument"], need["count"]) for need in told] == [
        ("other", "tenor-sax", 1),
        ("keys", "keys", 2),
    ]
    again = send(client, "patch", f"songs/{Song.objects.get().pk}", {"parts": told}, make_token())
    assert again.json()["parts"] == told


def test_a_song_that_is_there_is_a_conflict(client):
    make_song(title="PURPLE rain", artist="Prince")
    response = send(client, "post", "songs", NEW, make_token())
    assert (response.status_code, Song.objects.count()) == (409, 1)
    assert response.json()["detail"] == "This song by this artist is already in the library."


def test_a_change_leaves_the_rest_as_it_is(client):
    song = make_song(title="Rain", key="Am", chord_url="https://a.example/", chord_state=ChordState.OK)
    assert send(client, "patch", f"songs/{song.pk}", {"title": "Purple"}, make_token()).json()["key"] == "Am"
    send(client, "patch", f"songs/{song.pk}", {"chord_url": "https://b.example/"}, make_token())
    song.refresh_from_db()
    assert (song.title, song.key, song.chord_state) == ("Purple", "Am", ChordState.UNKNOWN)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"tempo": 5}, "body.changes.tempo"),
        ({"tempo": "90"}, "body.changes.tempo"),
        ({"times_played": 9}, "body.changes.times_played"),
        ({"chord_url": "javascript:alert(1)"}, "body.chord_url"),
        ({"title": "\u202e"}, "body.title"),
        ({"parts": [{"part": "bass"}, {"part": "bass"}]}, "body.parts"),
        ({"parts": [{"part": "other", "instrument": "kazoo"}]}, "body.parts"),
    ],
)
def test_what_makes_no_sense_is_named(client, change, where):
    response = send(client, "patch", f"songs/{make_song().pk}", change, make_token())
    assert (response.status_code, {fault["where"] for fault in response.json()["errors"]}) == (400, {where})


def test_a_program_adds_and_changes_a_venue(client):
    token = make_token()
    added = send(client, "post", "venues", {"name": "Attic", "slug": "attic", "time_zone": "Europe/Berlin"}, token)
    send(client, "patch", "venues/attic", {"address": "Hill 1"}, token)
    again = send(client, "post", "venues", {"name": "ATTIC", "slug": "attic-2"}, token)
    assert (added.status_code, again.status_code) == (201, 409)
    assert list(Venue.objects.values_list("name", "address", "time_zone")) == [("Attic", "Hill 1", "Europe/Berlin")]


def test_a_time_zone_that_is_none_is_refused(client):
    make_venue(slug="attic")
    assert send(client, "patch", "venues/attic", {"time_zone": "Moon/Base"}, make_token()).status_code == 400


@pytest.mark.parametrize("token", [None, "", "jam_wrong", "x" * 5000])
def test_without_a_token_nothing_is_written(client, token):
    response = send(client, "post", "songs", NEW, token)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="jamsite"')
    assert Song.objects.count() == 0


def test_a_login_in_the_browser_is_no_token(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    assert send(client, "post", "songs", NEW, None).status_code == 401


def test_a_token_for_something_else_is_refused(client):
    response = send(client, "post", "songs", NEW, make_token(scopes=[Scope.JAMS, Scope.READ]))
    assert (response.status_code, Song.objects.count()) == (403, 0)


def test_a_token_opens_no_more_than_its_users_account(client):
    host = make_user(is_staff=True)
    assert send(client, "post", "songs", NEW, make_token(user=host)).status_code == 403
    host.user_permissions.add(Permission.objects.get(codename="add_song"))
    assert send(client, "post", "songs", NEW, make_token(user=host)).status_code == 201
