"""A whole night of bands at its real addresses: 28 musicians with 8 instruments, a house band and two hosts.

The night takes more than two hours on its own clock, which is the only one that the site reads.
"""

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jams.models import Band, Format, Jam, Question
from jams.services.event_log import Verb
from tests.builders import make_entry, make_jam, make_song, make_venue
from tests.hosts import browser_of, make_host
from tests.people import Browser

pytestmark = pytest.mark.django_db(transaction=True)
BEGIN = datetime(2026, 11, 27, 19, 0, tzinfo=UTC)  # 20:00 in Berlin
SET, CHANGE_OVER = timedelta(minutes=15), timedelta(minutes=5)
MUSICIANS = {"vocals": 6, "guitar": 6, "keys": 4, "bass": 3, "drums": 3, "sax": 2, "trumpet": 2, "harmonica": 2}
NEEDED, OPTIONAL = ("vocals", "guitar", "bass", "drums", "percussion"), ("keys", "sax", "trumpet", "harmonica")
PLAN = [*({"part": part} for part in NEEDED), *({"part": part, "optional": True} for part in OPTIONAL)]
BANDS = 6  # until six singers and six guitarists have had a turn
HOUSE = "House"  # plays percussion, which nobody else does
DRUMMERS = ("Drums 1", "Drums 2", "Drums 3")
TYPED_IN = "Harmonica 2"  # has no phone

type LineUp = dict[str, str]  # what each of the musicians plays


@dataclass
class Clock:
    """What the site takes for now."""

    now: datetime = BEGIN - timedelta(minutes=40)

    def pass_time(self, span: timedelta) -> None:
        self.now += span


@dataclass
class Night:
    """The jam, its people, and a record of its own of what has happened."""

    jam: Jam
    clock: Clock
    hosts: list[Client]
    phones: dict[str, Browser] = field(default_factory=dict)
    plays: dict[str, str] = field(default_factory=dict)
    waits: set[str] = field(default_factory=set)
    played: list[LineUp] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)

    def join(self, name: str, plays: str) -> None:
        self.phones[name] = Browser(self.jam, name=name, plays=(plays,))
        self.plays[name] = plays
        self.waits.add(name)

    def read_console(self, host: int = 0) -> str:
        page = self.hosts[host].get(f"/host/{self.jam.slug}/")
        assert page.status_code == 200
        return page.text

    def tap(self, action: str, *, host: int = 0, status: int = 303, **sent: Any) -> None:
        """Send what a button of the console sends. What succeeds is recorded."""
        answer = self.hosts[host].post(f"/host/{self.jam.slug}/{action}/", sent)
        assert answer.status_code == status, answer.text
        if status == 303:
            self.acts.append(re.sub(r"^songs/\d+/|/\d+$", "", action))

    def undo(self) -> None:
        self.tap(f"undo/{self.jam.events.filter(user__isnull=False).latest('pk').pk}")

    def list_forms(self, action: str) -> list[dict[str, Any]]:
        """Return what each form of the console for `action` would send."""
        forms = rf'<form class="[^"]*" method="post" action="/host/{self.jam.slug}/{action}/"(.*?)</form>'
        found = re.findall(forms, self.read_console(), re.DOTALL)
        fields = (re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form) for form in found)
        return [{name: unescape(value) for name, value in form if name != "csrfmiddlewaretoken"} for form in fields]

    def read_proposal(self) -> LineUp:
        """Return the band that the console proposes."""
        return read_line_up(self.list_forms("call_band")[0]["seats"])

    def call_proposed_band(self, host: int = 0) -> tuple[Band, LineUp]:
        [form] = self.list_forms("call_band")[:1]
        line_up = read_line_up(form["seats"])
        self.check_fairness(line_up)
        self.tap("call_band", host=host, **form)
        return self.jam.bands.latest("pk"), line_up

    def play(self, band: Band, line_up: LineUp, *, host: int = 0) -> None:
        """Put a band on stage; `finish` takes it off."""
        self.tap("start_band", host=host, band=band.pk, seen="")
        self.played.append(line_up)

    def finish(self, band: Band) -> None:
        self.clock.pass_time(SET)
        self.acts += [Verb.FINISH_SONG] * band.songs.count()  # the last song of the set ends with it
        self.tap("finish_band", band=band.pk)
        self.clock.pass_time(CHANGE_OVER)

    def read_turn(self, name: str) -> Any:
        return self.phones[name].client.get(f"/api/v1{self.jam.get_absolute_url()}me/turn").json()

    @property
    def turns(self) -> Counter[str]:
        return Counter(name for line_up in self.played for name in line_up)

    def check_fairness(self, line_up: LineUp) -> None:
        """Nobody plays again where somebody who waits for a first turn could have played."""
        first = {self.plays[name] for name in self.waits - line_up.keys() if not self.turns[name]}
        again = {instrument for name, instrument in line_up.items() if self.turns[name] and name != HOUSE}
        assert not again & first


def read_line_up(seats: str) -> LineUp:
    lines = (line.partition(": ") for line in seats.splitlines())
    return {name: instrument for instrument, _colon, name in lines}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture
def night(clock: Clock) -> Night:
    """Twenty minutes before the begin, everybody has joined by phone, but for one who has none."""
    hosts = (make_host(username="hannah"), make_host(username="kim"))
    jam = make_jam(
        slug="friday", format=Format.BANDS, set_minutes=15, stage_plan=PLAN, hosts=hosts,
        venue=make_venue(time_zone="Europe/Berlin"), starts_at=BEGIN, ends_at=BEGIN + timedelta(hours=4),
        hard_stop_at=BEGIN + BANDS * (SET + CHANGE_OVER),
    )  # fmt: skip
    night = Night(jam, clock, [browser_of(host) for host in hosts])
    for number in range(1, max(MUSICIANS.values()) + 1):
        for part, count in MUSICIANS.items():
            name = f"{part.title()} {number}"
            if number <= count and name != TYPED_IN:
                night.join(name, part)
                clock.pass_time(timedelta(seconds=30))
    night.tap("add_person", name=TYPED_IN, plays="harmonica")
    night.plays[TYPED_IN] = "harmonica"
    night.waits.add(TYPED_IN)
    night.tap("add_person", name=HOUSE, plays="percussion")
    night.tap("set_house_band", name=HOUSE, in_house_band="yes")
    night.tap("stop_waiting", name=HOUSE)
    clock.now = BEGIN
    return night


def call_first_band(night: Night) -> tuple[Band, LineUp]:
    """A host takes another singer than the one proposed, calls the band, takes that back, and calls it again."""
    proposed = night.read_proposal()
    assert sorted(proposed.values()) == sorted((*NEEDED, *OPTIONAL))
    assert {name for name, part in proposed.items() if part != "percussion"} == {
        f"{part.title()} 1" for part in MUSICIANS
    }
    swaps = [form for form in night.list_forms("form_band") if "vocals: Vocals 3" in form.get("seats", "")]
    night.tap("form_band", **swaps[0])
    line_up = read_line_up(swaps[0]["seats"])
    assert set(line_up) == set(proposed) - {"Vocals 1"} | {"Vocals 3"}
    band = night.jam.bands.get()
    for _time in range(2):
        night.tap("call_band", band=band.pk, seen="")
        assert night.read_turn("Vocals 3")["call"].startswith("You're up next, about ")
        if not _time:
            night.undo()
            assert night.read_turn("Vocals 3")["call"] == ""
    return band, line_up


def see_who_was_reached(night: Night, band: Band, line_up: LineUp) -> None:
    """All but one have the call before their eyes, and the one without a phone can't have it."""
    silent = next(name for name, part in line_up.items() if part == "keys")
    for name in line_up.keys() & night.phones.keys() - {silent}:
        assert night.phones[name].post("me/call/seen/", quietly="1").status_code == 204
    missed = [name for name in line_up if name not in night.phones or name == silent]
    assert f"Not reached: call {', '.join(missed)} by voice" in night.read_console()
    night.tap("mark_missing", band=band.pk, name=silent)
    assert not band.seats.exclude(no_show=False).exclude(attendee__name=silent).exists()
    night.undo()
    assert not band.seats.filter(no_show=True).exists()


def leave_called_band(night: Night, band: Band, line_up: LineUp) -> LineUp:
    """Somebody in the called band goes home before having played, and the house band can't help."""
    assert night.phones["Sax 2"].post("me/leave/").status_code == 303
    night.waits.discard("Sax 2")
    assert "Sax 2" not in band.seats.values_list("attendee__name", flat=True)
    return {name: part for name, part in line_up.items() if name != "Sax 2"}


def find_a_drummer(night: Night) -> tuple[Band, LineUp]:
    """No drummer is on the waiting list: two who have a rest are asked, and the first to say yes plays."""
    assert "nobody is free to play drums" in night.read_console()
    [form] = [form for form in night.list_forms("ask_players") if form.get("instrument") == "drums" and "seats" in form]
    night.check_fairness(read_line_up(form["seats"]))
    night.tap("ask_players", **form)
    night.acts.insert(-1, "form_band")  # so that there is something to ask for
    question, resting = Question.objects.get(), DRUMMERS[:2]
    for name in resting:
        page = night.phones[name].get("").text
        assert ("Drums for " in page, f"call/seen/?question={question.pk}" in page) == (True, True)
    answers = [night.phones[name].post("me/answer/", question=question.pk, answer="yes") for name in resting]
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "Somebody else was faster: drums is taken." in answers[1].text
    band = night.jam.bands.latest("pk")
    night.tap("call_band", host=1, band=band.pk, seen="")
    return band, {**read_line_up(form["seats"]), "Drums 1": "drums"}


def rest(night: Night, name: str, *, comes_back: bool = False) -> None:
    assert night.phones[name].post("me/waiting/", waits="1" if comes_back else "0").status_code == 303
    (night.waits.add if comes_back else night.waits.discard)(name)


def call_next_band(night: Night, number: int) -> tuple[Band, LineUp]:
    """Call a band while band `number` is on stage, with what happens meanwhile."""
    if number == 0:
        song = make_entry(jam=night.jam, song=make_song(title="Valerie"))
        night.tap(f"songs/{song.pk}/start_song", seen="")
        called = night.call_proposed_band()
        stale = night.list_forms("call_band")[0] | {"seen": ""}  # the other host saw the page from before
        night.tap("call_band", host=1, status=409, **stale)
        return called[0], leave_called_band(night, *called)
    if number == 2:
        for name in DRUMMERS:
            rest(night, name)
        return find_a_drummer(night)
    if number == 3:
        assert night.phones["Drums 3"].post("me/leave/").status_code == 303
        for name in DRUMMERS[:2]:
            rest(night, name, comes_back=True)
    return night.call_proposed_band(host=number % 2)


def test_night_of_28_musicians_is_fair_and_told_as_it_was(night: Night) -> None:
    band, line_up = call_first_band(night)
    see_who_was_reached(night, band, line_up)
    earliest = latest = night.clock.now
    for number in range(BANDS):
        assert earliest <= night.clock.now <= latest  # as those in the band were told
        night.play(band, line_up, host=number % 2)
        called, next_line_up = call_next_band(night, number)
        told = night.read_turn(next(name for name in next_line_up if name in night.phones))["band"]["start"]
        earliest, latest = (datetime.fromisoformat(told[name]) for name in ("earliest", "latest"))
        night.finish(band)
        band, line_up = called, next_line_up
    night.tap("start_band", band=band.pk, seen="", status=409)  # the hard stop has come
    night.tap("drop_band", band=band.pk)
    night.tap("end_jam")
    check_turns(night)
    check_report(night)
    check_history(night)


def check_turns(night: Night) -> None:
    """Everybody who stayed has played, and of those with the same instrument nobody two turns more than another."""
    assert night.turns.keys() == night.plays.keys() - {"Sax 2"} | {HOUSE}
    assert night.turns[HOUSE] == BANDS
    for part in MUSICIANS:
        turns = [night.turns[name] for name in night.waits if night.plays[name] == part]
        assert max(turns) - min(turns) <= 1
    rows = Band.objects.filter(jam=night.jam, status="played").order_by("started_at")
    assert [dict(row.seats.values_list("attendee__name", "instrument")) for row in rows] == night.played
    assert [row.started_at for row in rows] == [BEGIN + number * (SET + CHANGE_OVER) for number in range(BANDS)]


def check_report(night: Night) -> None:
    """The report says who played what and when, and that nobody was passed over."""
    rows = list(csv.DictReader(StringIO(night.hosts[0].get("/host/friday/report.csv").content.decode("utf-8-sig"))))
    bands = [row for row in rows if row["kind"] == "band"]
    assert [set(row["musicians"].split("; ")) for row in bands] == [
        {f"{name} ({part})" for name, part in line_up.items()} for line_up in night.played
    ]
    assert [row["started"][11:16] for row in bands] == ["20:00", "20:20", "20:40", "21:00", "21:20", "21:40"]
    told = {row["musicians"]: int(row["turns"]) for row in rows if row["kind"] == "musician in bands"}
    assert told == night.turns
    assert [row["title"] for row in rows if row["kind"] == "played"] == ["Valerie"]
    page = unescape(night.hosts[0].get("/host/friday/report/").text)
    assert "27 of 27 musicians have played" in page
    again = Counter(
        part
        for number, line_up in enumerate(night.played)
        for name, part in line_up.items()
        if name != HOUSE and any(name in earlier for earlier in night.played[:number])
    )  # until the last band, there were singers and guitarists who waited for their first turn
    assert not again.keys() & {"vocals", "guitar"}
    told_again = ", ".join(f"{part} ({n})" for part, n in sorted(again.items(), key=lambda item: (-item[1], item[0])))
    assert f"nobody twice before everyone once, except {told_again}" in page


def check_history(night: Night) -> None:
    """The events of the hosts are what they did, in this order, and the console tells them so."""
    verbs = list(night.jam.events.filter(user__isnull=False).order_by("pk").values_list("verb", flat=True))
    assert verbs == night.acts
    guests = night.jam.events.filter(user=None).order_by("pk").values_list("verb", flat=True)
    assert Counter(guests) == {
        Verb.JOIN: 27, Verb.LEAVE: 2, Verb.STOP_WAITING: 3, Verb.START_WAITING: 2, Verb.SAY_YES: 1,
    }  # fmt: skip
    assert "ended the jam" in night.read_console(host=1)
