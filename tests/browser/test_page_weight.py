"""What a first visit costs a phone: requests and bytes over the network, in a browser with an empty cache.

The service worker, which exists only over HTTPS, then fetches three small files more.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import CDPSession

from jams.models import EntryStatus
from songs.parts import Part
from tests.builders import make_attendee, make_entry, make_jam, make_performance, make_song
from tests.phones import Phone

pytestmark = pytest.mark.django_db

NOW = timezone.now()
SONGS = 60  # a long queue
MAX_REQUESTS = 10
MAX_BYTES = 50_000  # of all responses, with their headers, as they are sent


def count_traffic(session: CDPSession) -> dict[str, int]:
    """Return a dictionary that fills with the bytes of each response, by its address."""
    addresses: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on(
        "Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]})
    )
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.update({addresses[event["requestId"]]: int(event["encodedDataLength"])}),
    )
    session.send("Network.enable")
    return sizes


def test_first_visit_of_a_jam_is_light(phone: Phone) -> None:
    jam = make_jam(name="Lantern Open Jam", status="live")
    make_entry(
        jam=jam, song=make_song(title="Chameleon"), status=EntryStatus.PLAYING, started_at=NOW - timedelta(minutes=2)
    )
    dana = make_attendee(jam=jam, name="Dana")
    for number in range(SONGS):
        entry = make_entry(jam=jam, song=make_song(title=f"Song {number:02}", artist="Them", key="Am"))
        make_performance(entry=entry, attendee=dana, part=Part.BASS)
    sizes = count_traffic(phone.context.new_cdp_session(phone.page))
    phone.page.goto(jam.get_absolute_url(), wait_until="networkidle")
    sizes.pop(f"{phone.page.url}board/", None)  # it is asked for while the socket is late, as on a busy machine
    assert len(sizes) <= MAX_REQUESTS, sizes
    assert sizes[phone.page.url] > SONGS * 20, sizes  # it is all there, and counted
    assert sum(sizes.values()) <= MAX_BYTES, sizes
