"""Taking out the votes of phones that are none."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Attendee, Event, JamStatus
from jams.services.event_log import describe_event
from tests.builders import make_attendee, make_entry, make_jam, make_user, make_vote
from tests.hosts import browser_of, make_host
from votes.models import Vote
from votes.services.void_votes import void_newcomers, void_votes

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return make_entry()


def test_void_votes_deletes_only_the_votes_of_one_phone(entry):
    mine, other = make_vote(entry=entry), make_vote(entry=entry)
    make_vote(entry=make_entry(jam=entry.jam), attendee=mine.attendee)
    host = make_user(first_name="Ana")
    event = void_votes(attendee=mine.attendee, user=host, now=timezone.now())
    assert list(Vote.objects.values_list("pk", flat=True)) == [other.pk]
    assert event is not None
    assert describe_event(event) == "Ana removed votes: 2 (phones: 1)"


def test_void_votes_is_idempotent(entry):
    attendee, host = make_vote(entry=entry).attendee, make_user()
    void_votes(attendee=attendee, user=host, now=timezone.now())
    assert void_votes(attendee=attendee, user=host, now=timezone.now()) is None
    assert Event.objects.count() == 1


def test_void_votes_blocks_further_votes(entry, client):
    address = f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/"
    client.put(address)
    void_votes(attendee=Attendee.objects.select_related("jam").get(), user=make_user(), now=timezone.now())
    response = client.put(address, headers={"HX-Request": "true"})
    assert (response.status_code, "The host removed your votes." in response.content.decode()) == (403, True)
    assert (Client().put(address).status_code, Vote.objects.count()) == (200, 1)


@pytest.mark.parametrize("votes", [1, 30])
def test_void_newcomers_spares_musicians_in_few_queries(entry, votes, django_assert_max_num_queries):
    since, host = timezone.now(), make_user()
    for _ in range(votes):
        make_vote(entry=entry, attendee=make_attendee(jam=entry.jam, created_at=since + timedelta(seconds=30)))
    named = make_vote(entry=entry, attendee=make_attendee(jam=entry.jam, name="Ana", created_at=since))
    later = make_vote(
        entry=entry, attendee=make_attendee(jam=entry.jam, created_at=since + timedelta(minutes=1, seconds=1))
    )
    with django_assert_max_num_queries(12):
        void_newcomers(jam=entry.jam, since=since, user=host, now=timezone.now())
    assert set(Vote.objects.values_list("pk", flat=True)) == {named.pk, later.pk}


def test_void_votes_is_refused_after_the_end():
    vote = make_vote(entry=make_entry(jam=make_jam(status=JamStatus.ENDED)))
    with pytest.raises(ActionError):
        void_votes(attendee=vote.attendee, user=make_user(), now=timezone.now())
    assert Vote.objects.count() == 1


def test_arrivals_page_is_only_for_hosts():
    host = make_host()
    jam = make_jam(hosts=(host,))
    address = f"/jams/{jam.slug}/arrivals/"
    for path, data in [("", None), ("room-code/", {"wanted": "1"}), ("void/", {"since": "2026-01-01T20:00Z"})]:
        people = [browser_of(user) for user in (host, make_host(), make_user(), None)]
        answers = [who.post(address + path, data) if data else who.get(address) for who in people]
        assert [answer.status_code for answer in answers] == [303 if data else 200, 404, 404, 302]


@pytest.mark.parametrize("rows", [1, 30])
def test_arrivals_page_counts_by_the_minute(rows, settings, django_assert_num_queries):
    settings.CROWD_ALARM = 2
    host = make_host()
    entry = make_entry(jam=make_jam(hosts=(host,)))
    start = timezone.now().replace(second=0, microsecond=0) - timedelta(hours=1)
    for number in range(rows):
        for _ in range(2):
            make_vote(entry=entry, attendee=make_attendee(jam=entry.jam, created_at=start + timedelta(minutes=number)))
    browser = browser_of(host)
    with django_assert_num_queries(4):  # session, user, jam, arrivals
        page = browser.get(f"/jams/{entry.jam.slug}/arrivals/").content.decode()
    assert (page.count("<tr>"), page.count(">Remove votes</button>")) == (rows + 1, rows)
    assert page.count('<td class="number">2</td>') == rows * 2


def test_void_minute_removes_the_votes_of_that_minute():
    host = make_host()
    vote = make_vote(entry=make_entry(jam=make_jam(hosts=(host,))))
    since = vote.attendee.created_at.replace(second=0, microsecond=0).isoformat()
    browser_of(host).post(f"/jams/{vote.entry.jam.slug}/arrivals/void/", {"since": since})
    assert Vote.objects.count() == 0


@pytest.mark.parametrize("since", ["", "soon", "2026-02-30T20:00Z", "2026-01-01T20:00"])
def test_void_minute_refuses_an_invalid_time(since):
    host = make_host()
    jam = make_jam(hosts=(host,))
    assert browser_of(host).post(f"/jams/{jam.slug}/arrivals/void/", {"since": since}).status_code == 400
    assert browser_of(host).post(f"/jams/{jam.slug}/arrivals/room-code/", {"wanted": since}).status_code == 400
