import pytest
from django.utils.dateparse import parse_datetime

from accounts.models import Scope
from jams.models import EntryStatus, Jam
from jams.selectors import night_report
from tests.api.test_library import send
from tests.builders import (
    make_attendee,
    make_entry,
    make_jam,
    make_performance,
    make_song,
    make_token,
    make_user,
    make_vote,
)
from tests.hosts import browser_of

pytestmark = pytest.mark.django_db
PATH = "jams/friday/report"
START = parse_datetime("2026-11-27T20:00:00Z")


@pytest.fixture
def host():
    return make_user(is_staff=True)


@pytest.fixture
def jam(host):
    """A song that Dana played, and one with a vote that nobody played bass for."""
    jam = make_jam(slug="friday", starts_at=START, hosts=(host,))
    times = {"status": EntryStatus.PLAYED, "started_at": START, "finished_at": parse_datetime("2026-11-27T20:04:00Z")}
    played = make_entry(jam=jam, song=make_song(title="Valerie", artist="Zutons", key="Eb"), **times)
    make_performance(entry=played, attendee=make_attendee(jam=jam, name="Dana"))
    wanted = make_entry(jam=jam, song=make_song(title="Zombie", artist="Berries", parts=[{"part": "bass"}]))
    make_vote(entry=wanted, created_at=START)
    return jam


def asked(client, token):
    return send(client, "get", PATH, {}, token)


def test_a_program_reads_what_became_of_a_night(client, host, jam):
    told = asked(client, make_token(user=host, scopes=[Scope.READ])).json()
    assert told["played"] == [
        {
            "title": "Valerie",
            "artist": "Zutons",
            "key": "Eb",
            "votes": 0,
            "started_at": "2026-11-27T20:00:00Z",
            "finished_at": "2026-11-27T20:04:00Z",
            "players": [{"name": "Dana", "part": "guitar", "no_show": False}],
        }
    ]
    song = {"title": "Zombie", "artist": "Berries", "key": "", "votes": 1}
    assert told["wanted"] == [{**song, "missing": ["bass"], "missing_instruments": ["bass"]}]
    assert told["turns"] == [{"name": "Dana", "turns": 1}]


def test_its_figures_are_those_of_the_page(client, host, jam):
    told = asked(client, make_token(user=host)).json()
    shown = night_report.read_night_report(Jam.objects.select_related("venue").get())
    assert told["votes"] == shown.votes == sum(stretch["votes"] for stretch in told["votes_over_time"])
    assert [stretch["votes"] for stretch in told["votes_over_time"]] == [bar.value for bar in shown.votes_plot]


def test_a_host_reads_it_in_the_browser_and_nobody_keeps_it(host, jam):
    response = browser_of(host).get(f"/api/v1/{PATH}")
    assert (response.status_code, "no-store" in response["Cache-Control"]) == (200, True)


@pytest.mark.parametrize(
    ("scopes", "is_host", "status"),
    [([Scope.READ], True, 200), ([Scope.READ], False, 403), ([Scope.JAMS, Scope.LIBRARY], True, 403)],
)
def test_only_a_token_for_reading_of_a_host_opens_it(client, host, jam, scopes, is_host, status):
    user = host if is_host else make_user(is_staff=True)
    assert asked(client, make_token(user=user, scopes=scopes)).status_code == status


def test_strangers_and_other_hosts_do_not_read_it(client, jam):
    assert (asked(client, None).status_code, asked(client, "jam_wrong").status_code) == (401, 401)
    assert browser_of(make_user(is_staff=True)).get(f"/api/v1/{PATH}").status_code == 403
    assert browser_of(make_user(is_staff=True, is_superuser=True)).get(f"/api/v1/{PATH}").status_code == 200


def test_where_there_is_no_jam_there_is_no_report(client, host):
    assert asked(client, make_token(user=host)).status_code == 404


@pytest.mark.parametrize("songs", [1, 30])
def test_the_report_costs_the_same_at_any_length(client, host, jam, songs, django_assert_num_queries):
    for _ in range(songs):
        make_performance(entry=make_entry(jam=jam))
    token = make_token(user=host)
    with django_assert_num_queries(8):
        asked(client, token)
