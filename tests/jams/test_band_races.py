"""A band that goes on stage, or an act that is joined, while somebody else changes the same night."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from core.exceptions import ActionError, Conflict
from jams.models import Band, BandStatus, Format, Jam
from jams.services.acts import find_act_code, join_act, renew_act_code, sign_up_act
from jams.services.bands import start_band
from jams.services.jam_settings import set_format
from tests.builders import make_attendee, make_band, make_jam, make_user, make_waiting

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now().replace(microsecond=0)
LONG = 30  # seconds; nobody waits for them to pass


def test_jam_does_not_become_a_song_list_while_a_band_goes_on_stage() -> None:
    """Its console would not show the band."""
    host: User = make_user(username="hannah")
    jam = make_jam(format=Format.BANDS)
    band = make_band(jam=jam, people={make_waiting(jam=jam, name="Ana"): "guitar"})
    has_started, may_commit = Event(), Event()

    def start() -> None:
        with transaction.atomic():
            start_band(jam=jam, band=band.pk, user=host, now=NOW)
            has_started.set()
            may_commit.wait(0.5)  # the other host looks meanwhile
        connection.close()

    def change() -> str:
        assert has_started.wait(LONG)
        try:
            set_format(jam=jam, format=Format.SONGS, user=host, now=NOW)
        except Conflict as refusal:
            return str(refusal)
        else:
            return "changed"
        finally:
            may_commit.set()
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        started, changed = threads.submit(start), threads.submit(change)
        started.result()
        assert changed.result() == "A band is on stage. Finish it first."
    assert Jam.objects.get().format == Format.BANDS
    assert Band.objects.get().status == BandStatus.ON_STAGE


def test_of_friends_who_join_while_the_code_changes_only_some_get_in_and_none_later() -> None:
    jam = make_jam(format=Format.OPEN_MIC)
    ana, *friends = (make_attendee(jam=jam, name=f"Friend {number}", plays=["vocals"]) for number in range(5))
    sign_up_act(jam=jam, attendee=ana, instrument="vocals", name="Otters", now=NOW)
    code, together = find_act_code(jam=jam, attendee=ana), Barrier(5)

    def act(number: int) -> bool:
        together.wait()
        try:
            if number == 0:
                return bool(renew_act_code(jam=jam, attendee=ana, now=NOW))
            return join_act(jam=jam, attendee=friends[number - 1], code=code, instrument="bass", now=NOW)
        except ActionError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as threads:
        renewed, *joined = threads.map(act, range(5))
    assert renewed
    assert Band.objects.get().seats.count() == 1 + sum(joined)
    assert find_act_code(jam=jam, attendee=ana) != code
    with pytest.raises(ActionError):
        join_act(jam=jam, attendee=make_attendee(jam=jam, name="Late"), code=code, instrument="bass", now=NOW)
