"""Taking out the votes of phones that are none."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from core.exceptions import ActionError
from jams.models import Attendee, Entry, Event, JamStatus
from jams.services.event_log import describe_event
from jams.services.privacy import forget_attendee
from jams.services.undo import undo_event
from tests.builders import make_attendee, make_entry, make_jam, make_song, make_user, make_vote
from tests.hosts import browser_of, make_host
from votes.models import RemovedVote, Vote
from votes.selectors.arrivals import SongChange, preview_void
from votes.services.void_votes import Newcomers, void_newcomers, void_votes

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
        void_newcomers(jam=entry.jam, newcomers=Newcomers(since), user=host, now=timezone.now())
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
    assert (page.count("<tr>"), page.count("arrivals/void/?since=")) == (rows + 1, rows)
    assert page.count('<td class="number">2</td>') == rows * 2


def test_arrivals_page_counts_named_phones_but_no_walk_ups():
    host = make_host()
    jam = make_jam(hosts=(host,))
    make_attendee(jam=jam, name="Ana")
    make_attendee(jam=jam, name="Walk-up", browser=None)
    page = browser_of(host).get(f"/jams/{jam.slug}/arrivals/").text
    cells = re.findall(r'<td class="number">(.*?)</td>', page, re.DOTALL)
    assert [" ".join(re.sub("<[^>]+>", "", cell).split()) for cell in cells] == ["1 (1 with a name)", "0"]


def test_void_page_removes_the_votes_that_it_has_shown():
    host = make_host()
    vote = make_vote(entry=make_entry(jam=make_jam(hosts=(host,)), song=make_song(title="Creep")))
    browser, address = browser_of(host), f"/jams/{vote.entry.jam.slug}/arrivals/"
    [link] = re.findall(r'href="([^"]+void/[^"]+)"', browser.get(address).text)
    page = browser.get(html.unescape(link)).text
    assert "1 phone would lose its vote for tonight. 1 vote would be removed." in " ".join(page.split())
    assert "Creep" in page
    sent = dict(re.findall(r'type="hidden" name="(since|minutes|song|musicians)" value="([^"]*)"', page))
    answer = browser.post(f"{address}void/", sent)
    assert (answer.status_code, Vote.objects.count()) == (303, 0)
    console = browser.get(answer["Location"]).text
    assert f"/undo/{Event.objects.get().pk}/" in console


def test_preview_void_tells_what_void_newcomers_then_does(entry):
    """Songs with their votes before and after; musicians and older phones only if the host says so."""
    since, host = timezone.now(), make_user()
    second = make_entry(jam=entry.jam, song=make_song(title="Second"))
    for name in ("", "", "Ana"):
        make_vote(entry=entry, attendee=make_attendee(jam=entry.jam, name=name, created_at=since))
    both = make_attendee(jam=entry.jam, created_at=since + timedelta(minutes=4))
    make_vote(entry=entry, attendee=both)
    make_vote(entry=second, attendee=both)
    make_vote(entry=entry, attendee=make_attendee(jam=entry.jam, created_at=since - timedelta(minutes=1)))
    title, other = entry.song.title, second.song.title
    expected = {
        Newcomers(since): (2, 2, (SongChange(title, 5, 3),)),
        Newcomers(since, with_musicians=True): (3, 3, (SongChange(title, 5, 2),)),
        Newcomers(since, minutes=5): (3, 4, (SongChange(title, 5, 2), SongChange(other, 1, 0))),
        Newcomers(since, minutes=5, only_song=entry.pk): (2, 2, (SongChange(title, 5, 3),)),
        Newcomers(since, minutes=5, only_song=second.pk): (0, 0, ()),
    }
    for newcomers, (phones, votes, songs) in expected.items():
        preview = preview_void(entry.jam, newcomers)
        assert (preview.phones, preview.votes, preview.songs) == (phones, votes, songs)
        event = void_newcomers(jam=entry.jam, newcomers=newcomers, user=host, now=since)
        assert ((event.data["phones"], event.data["n"]) if event else (0, 0)) == (phones, votes)
        if event:
            event.jam = entry.jam
            undo_event(event=event, user=host, now=since)
        assert Vote.objects.count() == 6


def test_undo_restores_the_votes_and_the_right_to_vote(entry, client):
    now, host = timezone.now(), make_user(first_name="Ana")
    client.put(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/")
    gone = make_entry(jam=entry.jam)
    make_vote(entry=gone, attendee=Attendee.objects.get())
    before = Vote.objects.exclude(entry=gone).values_list("entry", "attendee", "created_at").get()
    event = void_votes(attendee=Attendee.objects.select_related("jam").get(), user=host, now=now)
    assert (Vote.objects.count(), RemovedVote.objects.count()) == (0, 2)
    Entry.objects.filter(pk=gone.pk).delete()
    assert event is not None
    undone = undo_event(event=event, user=host, now=now + timedelta(minutes=14))
    assert Vote.objects.values_list("entry", "attendee", "created_at").get() == before
    assert client.delete(f"/jams/{entry.jam.slug}/songs/{entry.pk}/vote/").status_code == 200
    assert describe_event(undone) == "Ana undid “Ana removed votes: 2 (phones: 1)”"


def test_undo_of_a_removal_is_refused_after_a_quarter_of_an_hour(entry):
    now, host, attendee = timezone.now(), make_user(), make_vote(entry=entry).attendee
    event = void_votes(attendee=attendee, user=host, now=now)
    assert event is not None
    with pytest.raises(ActionError, match="any more"):
        undo_event(event=event, user=host, now=now + timedelta(minutes=16))
    assert Vote.objects.count() == 0


def test_undo_restores_no_vote_of_somebody_who_deleted_their_data(entry):
    now, host, attendee = timezone.now(), make_user(), make_vote(entry=entry).attendee
    event = void_votes(attendee=attendee, user=host, now=now)
    forget_attendee(jam=entry.jam, attendee=attendee, now=now)
    assert event is not None
    undo_event(event=event, user=host, now=now)
    assert (Vote.objects.count(), RemovedVote.objects.count()) == (0, 0)


@pytest.mark.parametrize("since", ["", "soon", "2026-02-30T20:00Z", "2026-01-01T20:00"])
def test_void_minute_refuses_an_invalid_time(since):
    host = make_host()
    jam = make_jam(hosts=(host,))
    assert browser_of(host).post(f"/jams/{jam.slug}/arrivals/void/", {"since": since}).status_code == 400
    assert browser_of(host).get(f"/jams/{jam.slug}/arrivals/void/", {"since": since}).status_code == 400
    assert browser_of(host).post(f"/jams/{jam.slug}/arrivals/room-code/", {"wanted": since}).status_code == 400


@pytest.mark.parametrize("wrong", [{"minutes": "2"}, {"minutes": "x"}, {"song": "x"}, {"song": "9" * 30}])
def test_void_page_refuses_an_invalid_selection(wrong):
    host = make_host()
    jam = make_jam(hosts=(host,))
    data = {"since": "2026-01-01T20:00Z", **wrong}
    assert browser_of(host).get(f"/jams/{jam.slug}/arrivals/void/", data).status_code == 400
