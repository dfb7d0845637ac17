import pytest
from django.contrib.auth.models import Permission

from accounts.models import Scope
from jams.models import EntryStatus, Event, Jam, JamStatus
from tests.api.test_library import send
from tests.builders import make_entry, make_jam, make_token, make_user, make_venue

pytestmark = pytest.mark.django_db
PLAN = {
    "name": "Friday",
    "slug": "friday",
    "venue": "attic",
    "starts_at": "2026-12-04T20:00:00+01:00",
    "ends_at": "2026-12-05T00:00:00+01:00",
}


@pytest.fixture
def host():
    user = make_user(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_jam", "change_jam"]))
    return user


@pytest.fixture
def token(host):
    return make_token(user=host, scopes=[Scope.JAMS])


def test_a_host_plans_a_jam_and_hosts_it(client, host, token):
    make_venue(slug="attic")
    response = send(client, "post", "jams", PLAN, token)
    assert (response.status_code, response.json()["starts_at"]) == (201, "2026-12-04T19:00:00Z")
    assert list(Jam.objects.get().hosts.all()) == [host]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"venue": "nowhere"}, 404),
        ({"ends_at": PLAN["starts_at"]}, 400),
        ({"starts_at": "2026-12-04T20:00:00"}, 400),
        ({"starts_at": 1_700_000_000}, 400),
        ({"slug": "taken"}, 409),
        ({"status": "live"}, 400),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(client, token, change, status):
    make_jam(slug="taken", venue=make_venue(slug="attic"))
    assert (send(client, "post", "jams", {**PLAN, **change}, token).status_code, Jam.objects.count()) == (status, 1)


def test_a_host_changes_the_plan(client, host, token):
    make_jam(slug="friday", hosts=(host,))
    response = send(client, "patch", "jams/friday", {"name": "Late Friday"}, token)
    assert (response.json()["name"], Jam.objects.get().name) == ("Late Friday", "Late Friday")


def test_a_host_changes_the_settings(client, host, token):
    make_jam(slug="friday", hosts=(host,))
    wanted = {"voting": "closed", "performing_limit": 2, "musicians_edit_chords": False}
    answers = [
        send(client, "post", f"jams/friday/actions/set_{name}", {name: value}, token).json()["changed"]
        for name, value in [*wanted.items(), *wanted.items()]
    ]
    assert answers == [True, True, True, False, False, False]
    assert Jam.objects.values(*wanted).get() == wanted


def test_a_host_runs_the_evening(client, host, token):
    make_jam(slug="friday", hosts=(host,), status=JamStatus.SCHEDULED)
    acts = ["open_jam", "open_jam", "pause_jam", "resume_jam", "announce_last_call", "end_jam"]
    answers = [send(client, "post", f"jams/friday/actions/{act}", {}, token).json()["changed"] for act in acts]
    assert (answers, Jam.objects.get().status) == ([True, False, True, True, True, True], JamStatus.ENDED)
    assert set(Event.objects.values_list("user", flat=True)) == {host.pk}


def test_a_host_runs_the_stage(client, host, token):
    entry = make_entry(jam=make_jam(slug="friday", hosts=(host,)))
    acts = ["put_on_deck", "start_song", "finish_song"]
    address = f"jams/friday/entries/{entry.pk}/actions"
    answers = [send(client, "post", f"{address}/{act}", {}, token).json()["changed"] for act in acts]
    entry.refresh_from_db()
    assert (answers, entry.status) == ([True, True, True], EntryStatus.PLAYED)


def test_a_start_that_overlooks_what_is_on_stage_is_a_conflict(client, host, token):
    jam = make_jam(slug="friday", hosts=(host,))
    first, second = make_entry(jam=jam), make_entry(jam=jam)
    send(client, "post", f"jams/friday/entries/{first.pk}/actions/start_song", {}, token)
    blind = send(client, "post", f"jams/friday/entries/{second.pk}/actions/start_song", {}, token)
    seeing = send(client, "post", f"jams/friday/entries/{second.pk}/actions/start_song", {"seen": first.pk}, token)
    assert (blind.status_code, seeing.status_code) == (409, 200)


@pytest.mark.parametrize("path", ["actions/end_jam", "entries/{entry}/actions/start_song"])
def test_nobody_runs_another_hosts_jam(client, token, path):
    entry = make_entry(jam=make_jam(slug="other", hosts=(make_user(),)))
    response = send(client, "post", f"jams/other/{path.format(entry=entry.pk)}", {}, token)
    assert (response.status_code, Event.objects.count()) == (403, 0)


def test_an_entry_of_another_jam_is_not_there(client, host, token):
    make_jam(slug="friday", hosts=(host,))
    response = send(client, "post", f"jams/friday/entries/{make_entry().pk}/actions/start_song", {}, token)
    assert response.status_code == 404


def test_an_act_that_is_none_is_refused(client, host, token):
    make_jam(slug="friday", hosts=(host,))
    assert send(client, "post", "jams/friday/actions/explode", {}, token).status_code == 404


def test_a_token_for_the_library_runs_no_jam(client, host):
    make_jam(slug="friday", hosts=(host,))
    library = make_token(user=host, scopes=[Scope.LIBRARY])
    assert send(client, "post", "jams/friday/actions/end_jam", {}, library).status_code == 403
