import socket
import threading
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

import pytest

from core.safe_http import UnreachableError
from jams.models import Entry, JamStatus
from jams.services import chord_link_checks
from jams.tasks import check_chord_link, check_chord_link_again, find_new_chord_links, find_old_chord_links
from jobs.models import Job
from jobs.worker import run_job
from songs.models import ChordState, Song
from tests.builders import make_entry, make_jam, make_song

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings):
    """A site on the internet that answers with the status in `site.status`; its address is `site.url`."""

    class Site:
        status = 200

        def __init__(self):
            self.listener = socket.create_server(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/chords"
            threading.Thread(target=self.serve, daemon=True).start()

        def serve(self):
            with suppress(OSError):  # closed at the end of the test
                while True:
                    client, _address = self.listener.accept()
                    with client:
                        client.recv(65_536)
                        client.sendall(f"HTTP/1.1 {self.status} So\r\nContent-Length: 0\r\n\r\n".encode())

    site = Site()
    settings.FETCH_ALSO = [site.listener.getsockname()]
    yield site
    site.listener.close()


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "ok"), (204, "ok"), (403, "ok"), (429, "ok"), (404, "broken"), (410, "broken")],
)
def test_check_link_reports_a_missing_page_as_broken(site, status, state):
    site.status = status
    song = make_song(chord_url=site.url)
    assert chord_link_checks.check_link("song", song.pk, last_try=False) == state
    song.refresh_from_db()
    assert song.chord_state == state


def test_check_link_checks_the_link_of_an_entry(site):
    pk = make_entry(chord_url=site.url).pk
    chord_link_checks.check_link("entry", pk, last_try=False)
    entry = Entry.objects.select_related("song").get(pk=pk)
    assert (entry.chord_state, entry.song.chord_state) == (ChordState.OK, ChordState.UNKNOWN)


def test_check_link_blocks_our_own_network(site, settings):
    settings.FETCH_ALSO = []
    song = make_song(chord_url=site.url)
    assert chord_link_checks.check_link("song", song.pk, last_try=False) == ChordState.BROKEN


@pytest.mark.parametrize("status", [500, 503])
def test_check_link_retries_a_failing_site(site, status):
    site.status = status
    song = make_song(chord_url=site.url)
    with pytest.raises(UnreachableError):
        chord_link_checks.check_link("song", song.pk, last_try=False)
    song.refresh_from_db()
    assert song.chord_state == ChordState.UNKNOWN
    assert chord_link_checks.check_link("song", song.pk, last_try=True) == ChordState.BROKEN


def test_check_link_ignores_a_link_changed_meanwhile(site, monkeypatch):
    song = make_song(chord_url=site.url)

    def change_it(url, *, last_try):
        type(song).objects.update(chord_url="https://elsewhere.example/")
        return ChordState.BROKEN

    monkeypatch.setattr(chord_link_checks, "fetch_link_state", change_it)
    chord_link_checks.check_link("song", song.pk, last_try=False)
    song.refresh_from_db()
    assert song.chord_state == ChordState.UNKNOWN


def test_check_link_skips_a_checked_or_removed_link():
    assert (
        chord_link_checks.check_link(
            "song", make_song(chord_url="https://a.example/", chord_state="ok").pk, last_try=False
        )
        is None
    )
    assert chord_link_checks.check_link("song", make_song().pk, last_try=False) is None


def test_find_new_chord_links_enqueues_each_link_once(django_assert_num_queries):
    song, entry = make_song(chord_url="https://a.example/"), make_entry(chord_url="https://b.example/")
    make_song(chord_url="https://c.example/", chord_state=ChordState.OK)
    make_entry(jam=make_jam(status=JamStatus.ENDED), chord_url="https://d.example/")
    assert [find_new_chord_links.call(), find_new_chord_links.call()] == [2, 0]
    asked = [job.args_kwargs["args"] for job in Job.objects.order_by("enqueued_at", "pk")]
    assert asked == [["song", song.pk], ["entry", entry.pk]]
    with django_assert_num_queries(3):
        find_new_chord_links.call()


def test_find_links_due_spreads_links_over_the_days():
    made = [
        make_song(chord_url="https://a.example/", chord_state=state) for state in ("ok", "broken") for _ in range(9)
    ]
    make_song(chord_url="https://a.example/", chord_state="ok", archived=True)
    make_song(chord_url="https://a.example/")
    today = date(2026, 11, 23)
    turns = [chord_link_checks.find_links_due(today + timedelta(days=day)) for day in range(210)]
    looked_at = Counter(pk for turn in turns for pk in turn)
    assert looked_at == {song.pk: {"ok": 7, "broken": 30}[song.chord_state] for song in made}
    assert max(map(len, turns)) <= 3


def test_find_links_due_returns_at_most_500_of_each_state():
    today = date(2026, 11, 23)
    turn = today.toordinal() % 30
    Song.objects.bulk_create(
        Song(pk=30 * number + turn, title=f"{number}", artist="A", chord_url="https://a.example", chord_state="ok")
        for number in range(1, 502)
    )
    assert len(chord_link_checks.find_links_due(today)) == 500


def test_check_link_again_updates_the_state(site):
    site.status = 404
    song = make_song(chord_url=site.url, chord_state=ChordState.OK)
    assert chord_link_checks.check_link("song", song.pk, last_try=False, again=True) == ChordState.BROKEN
    site.status = 200
    assert chord_link_checks.check_link("song", song.pk, last_try=False, again=True) == ChordState.OK


def test_find_old_chord_links_enqueues_each_link_once(monkeypatch):
    monkeypatch.setattr(chord_link_checks, "RECHECK_DAYS", {ChordState.OK: 1})
    song = make_song(chord_url="https://a.example/", chord_state=ChordState.OK)
    assert [find_old_chord_links.call(), find_old_chord_links.call()] == [1, 0]
    assert [job.args_kwargs["args"] for job in Job.objects.all()] == [[song.pk]]


def test_worker_checks_an_old_link_again(site):
    song = make_song(chord_url=site.url, chord_state=ChordState.BROKEN)
    check_chord_link_again.enqueue(song.pk)
    run_job(Job.objects.get())
    song.refresh_from_db()
    assert song.chord_state == ChordState.OK


def test_worker_checks_a_new_link(site):
    song = make_song(chord_url=site.url)
    find_new_chord_links.call()
    job = Job.objects.get(task_path=check_chord_link.module_path)
    run_job(job)
    song.refresh_from_db()
    assert song.chord_state == ChordState.OK


def test_worker_retries_an_unreachable_site_quietly(site, caplog):
    site.status = 503
    make_song(chord_url=site.url)
    find_new_chord_links.call()
    job = Job.objects.get(task_path=check_chord_link.module_path)
    run_job(job)
    assert (job.status, [record.levelname for record in caplog.records if record.levelname != "INFO"]) == ("READY", [])
