"""Forgetting somebody reaches everything: acts, bands, phones, questions, announcements, merges, undos."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from jams.identity.act_codes import derive_act_code
from jams.models import Band, Event, Format, Jam, JamStatus, MoveCode, PushSubscription, Question, Recipient
from jams.services.privacy import forget_old_jams
from tests.builders import make_entry, make_jam, make_song
from tests.hosts import browser_of, make_host
from tests.people import Browser
from tests.push import PushPhone

pytestmark = pytest.mark.django_db
NAME, WORDS = "Zora Quill", ("zora", "quill")
PLAN = [{"part": "vocals"}, {"part": "guitar"}, {"part": "bass"}]

type Way = Callable[[Browser], None]


class Night:
    """A live jam with two musicians, as its host's console sees it."""

    def __init__(self, form: str) -> None:
        host = make_host(username="hannah")
        self.jam = make_jam(slug="friday", format=form, stage_plan=PLAN, hosts=(host,))
        self.console = browser_of(host)
        self.zora = Browser(self.jam, name=NAME, plays=("guitar",))
        self.ben = Browser(self.jam, name="Ben", plays=("bass",))

    def tap(self, action: str, **sent: object) -> None:
        answer = self.console.post(f"/host/friday/{action}/", sent)
        assert answer.status_code == 303, (action, answer.text)

    def undo(self) -> None:
        self.tap(f"undo/{Event.objects.filter(user__isnull=False).exclude(verb='undo').latest('pk').pk}")

    def do_what_names_her(self) -> None:
        """Everything, on whatever night, that stores her name or her words."""
        self.zora.post("me/code/")
        assert self.zora.post("me/push/", **vars(PushPhone().at("https://93.184.216.34/zora"))).status_code == 303
        for words in ("Zora Quill has left her keys", "zora  QUILL, your keys!"):
            self.tap("announce", announcement=words)
        self.tap("withdraw_announcement")
        self.undo()


def open_mic() -> Night:
    """She has an act, whose name and needs have been changed by her, by another musician and by the host."""
    night = Night(Format.OPEN_MIC)
    for name, needs in (("The Quill Bees", "Quill's stool"), ("Zora's Lot", "a stool for Zora")):
        assert night.zora.post("me/act/", instrument="guitar", name=name, needs=needs).status_code == 303
    act = Band.objects.get()
    assert night.ben.post("me/act/join/", code=derive_act_code(act.pk), instrument="bass").status_code == 303
    night.tap("rename_band", band=act.pk, name="Quill & Co", needs="Zora's lamp")
    night.undo()
    night.tap("rename_band", band=act.pk, name="Zora & Co", needs="")
    night.tap("call_band", band=act.pk, seen="")
    night.tap("mark_missing", band=act.pk, name=NAME)
    night.undo()
    night.tap("drop_band", band=act.pk)
    night.undo()
    assert night.ben.post("me/band/leave/").status_code == 303
    night.do_what_names_her()
    return night


def band_night() -> Night:
    """She is put into a band, asked to play, and called."""
    night = Night(Format.BANDS)
    night.tap("form_band", seats="bass: Ben")
    band = Band.objects.get()
    night.tap("ask_players", band=band.pk, instrument="guitar", seats="")
    question = Question.objects.get().pk
    assert night.zora.post("me/answer/", question=question, answer="not_now").status_code == 303
    night.tap("change_seat", band=band.pk, name="", to=NAME, instrument="guitar")
    night.tap("call_band", band=band.pk, seen="")
    night.zora.post("me/call/seen/")
    night.tap("mark_missing", band=band.pk, name=NAME)
    night.tap("mark_present", band=band.pk, name=NAME)
    night.undo()
    night.tap("add_person", name="Zora Q.", plays="vocals")
    night.tap("rename_person", name="Zora Q.", to="Zora Typed")
    night.tap("merge_person", name="Zora Typed", to=NAME)
    night.tap("set_plays", name=NAME, plays="guitar, vocals")
    night.do_what_names_her()
    return night


def song_night() -> Night:
    """She is asked, signs up and says which instrument it is, and is removed and brought back by the host."""
    night = Night(Format.SONGS)
    song = make_song(parts=[{"part": "guitar"}, {"part": "bass"}])
    entry = make_entry(jam=night.jam, song=song)
    night.tap(f"songs/{entry.pk}/put_on_deck")
    night.tap("ask_players", entry=entry.pk, instrument="guitar", seats="")
    question = Question.objects.get().pk
    assert night.zora.post("me/answer/", question=question, answer="not_now").status_code == 303
    sign_up = f"songs/{entry.pk}/sign-up/"
    assert night.zora.post(sign_up, part="other", other_part="Zora's comb").status_code == 303
    assert night.zora.post(f"songs/{entry.pk}/chords/", url="https://zora.example/quill").status_code == 303
    night.tap("remove_person", name=NAME)
    night.undo()
    night.do_what_names_her()
    return night


def at_her_request(person: Browser) -> None:
    assert person.post("me/remove/").status_code == 303


def after_she_has_left(person: Browser) -> None:
    assert person.post("me/leave/").status_code == 303
    at_her_request(person)


def after_the_end(person: Browser) -> None:
    Jam.objects.update(status=JamStatus.ENDED)  # as nobody watches
    at_her_request(person)


def with_the_names_of_the_jam(_person: Browser) -> None:
    Jam.objects.update(status=JamStatus.ENDED)  # as nobody watches
    assert forget_old_jams(now=timezone.now() + timedelta(days=60)) == 1


def find_traces() -> list[str]:
    """Return every row of the database that holds one of her words, whatever the table."""
    return [
        f"{model.__name__}: {row}"
        for model in apps.get_models()
        for row in model._default_manager.values()
        if any(word in str(row).casefold() for word in WORDS)
    ]


@pytest.mark.parametrize("night", [open_mic, band_night, song_night])
@pytest.mark.parametrize("way", [at_her_request, after_she_has_left, after_the_end, with_the_names_of_the_jam])
def test_nothing_is_left_of_somebody_who_is_forgotten(night: Callable[[], Night], way: Way) -> None:
    """An act that she had left kept its name, and the record of an undo kept the name that the act had then."""
    person = night().zora
    assert len({trace.partition(":")[0] for trace in find_traces()}) >= 3  # the night has written her down
    way(person)
    exported = io.StringIO()
    call_command("export_jam", "friday", stdout=exported)
    assert find_traces() == []
    assert [word for word in WORDS if word in exported.getvalue().casefold()] == []
    assert [model.objects.count() for model in (MoveCode, PushSubscription)] == [0, 0]


def test_what_others_said_stays_when_somebody_is_forgotten() -> None:
    night = band_night()
    other = Browser(night.jam, name="Cleo", plays=("guitar",))
    act: dict[str, Any] = {"instrument": "guitar", "name": "The Foos", "needs": "two mics"}
    Jam.objects.update(format=Format.OPEN_MIC)  # as nobody watches
    assert other.post("me/act/", **act).status_code == 303
    at_her_request(night.zora)
    assert list(Band.objects.exclude(name="").values_list("name", "needs")) == [("The Foos", "two mics")]
    assert Event.objects.filter(data__band="The Foos").exists()
    assert not Recipient.objects.filter(attendee__name=NAME).exists()
    assert Client().get("/jams/friday/").status_code == 200
