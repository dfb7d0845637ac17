import pytest
from django.test import Client

from jams.models import Attendee, Entry, Performance
from tests.builders import make_attendee, make_entry, make_jam, make_song
from votes.models import Vote

pytestmark = pytest.mark.django_db
HERE = "/api/v1/jams/friday"


@pytest.fixture
def jam():
    return make_jam(slug="friday")


class Person:
    """A client that is held to CSRF and passes."""

    def __init__(self):
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"X-CSRFToken": self.client.get("/api/v1/session").json()["csrf_token"]}

    def send(self, method, path, body=None):
        address = f"{HERE}/{path}"
        return getattr(self.client, method)(address, body or {}, content_type="application/json", headers=self.headers)


@pytest.fixture
def person(jam):
    return Person()


def test_a_listener_joins_and_leaves(person):
    joined = person.send("put", "me", {"name": "Dana", "plays": ["bass"]}).json()
    assert joined == {"name": "Dana", "plays": ["bass"], "instruments": ["bass"], "hearts": [], "turns": []}
    assert person.client.get(f"{HERE}/me").json() == joined
    nobody = {"name": "", "plays": [], "instruments": [], "hearts": [], "turns": []}
    assert person.send("delete", "me").json() == nobody


def test_instruments_are_shown_to_older_programs_as_the_nearest_parts(person, jam):
    me = person.send("put", "me", {"name": "Dana", "instruments": ["tenor-sax", "piano", "organ"]}).json()
    assert (sorted(me["plays"]), sorted(me["instruments"])) == (["keys", "other"], ["organ", "piano", "tenor-sax"])
    part = f"entries/{make_entry(jam=jam).pk}/parts"
    person.send("put", f"{part}/keys", {"instrument": "piano"})
    turns = person.send("put", f"{part}/other", {"other_part": "Tenor Sax"}).json()["turns"]
    told = [(turn["part"], turn["part_name"], turn["instrument"]) for turn in turns]
    assert told == [("keys", "piano", "piano"), ("other", "tenor sax", "tenor-sax")]
    assert [turn["part"] for turn in person.send("delete", f"{part}/other").json()["turns"]] == ["keys"]


def test_an_unknown_instrument_is_refused(person):
    response = person.send("put", "me", {"name": "Dana", "instruments": ["kazoo"]})
    assert (response.status_code, Attendee.objects.exclude(name="").count()) == (400, 0)


def test_a_name_that_somebody_has_is_a_conflict(person, jam):
    make_attendee(jam=jam, name="Dana")
    response = person.send("put", "me", {"name": "DANA"})
    assert (response.status_code, Attendee.objects.count()) == (409, 1)


def test_a_musician_takes_a_part_and_gives_it_back(person, jam):
    entry = make_entry(jam=jam)
    person.send("put", "me", {"name": "Dana"})
    part = f"entries/{entry.pk}/parts/bass"
    [turn] = person.send("put", part).json()["turns"]
    assert (turn["entry_id"], turn["part"], Performance.objects.count()) == (entry.pk, "bass", 1)
    assert (person.send("delete", part).json()["turns"], Performance.objects.count()) == ([], 0)


def test_a_listener_takes_no_part(person, jam):
    response = person.send("put", f"entries/{make_entry(jam=jam).pk}/parts/bass")
    assert (response.status_code, Performance.objects.count(), Attendee.objects.count()) == (403, 0, 0)


def test_a_new_song_is_added_and_a_listed_one_gets_a_vote(person, jam):
    asked = {"title": "Purple Rain", "artist": "Prince"}
    first, second = (person.send("post", "suggestions", asked).json() for _ in range(2))
    entry = Entry.objects.get()
    assert (first, second) == (
        {"entry_id": entry.pk, "outcome": "added"},
        {"entry_id": entry.pk, "outcome": "listed"},
    )
    assert Vote.objects.count() == 1


def test_a_song_of_the_library_is_suggested_by_its_id(person):
    song = make_song()
    assert person.send("post", "suggestions", {"song_id": song.pk}).json()["outcome"] == "added"
    assert person.send("post", "suggestions", {"song_id": song.pk + 1}).status_code == 404
    assert person.send("post", "suggestions", {}).status_code == 400


def test_nobody_acts_for_somebody_else(person, jam):
    entry = make_entry(jam=jam)
    person.send("put", "me", {"name": "Dana"})
    person.send("put", f"entries/{entry.pk}/parts/bass")
    stranger = Person()
    stranger.send("delete", f"entries/{entry.pk}/parts/bass")
    assert stranger.client.get(f"{HERE}/me").json()["name"] == ""
    assert Performance.objects.select_related("attendee").get().attendee.name == "Dana"


@pytest.mark.parametrize(("method", "path"), [("put", "me"), ("delete", "me"), ("post", "suggestions")])
def test_another_site_does_nothing_in_my_name(person, method, path):
    body = {"name": "Mallory"} if path == "me" else {"title": "A", "artist": "B"}
    response = getattr(person.client, method)(f"{HERE}/{path}", body, content_type="application/json")
    assert (response.status_code, Attendee.objects.count(), Entry.objects.count()) == (403, 0, 0)


def test_what_is_mine_is_kept_nowhere(person):
    assert "no-store" in person.client.get(f"{HERE}/me")["Cache-Control"]
