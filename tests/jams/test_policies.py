"""Every rule in `jams.policies` has an answer for every mode, and unknown modes are denied everywhere."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, models
from django.test import Client
from django.utils import timezone

from core.exceptions import ActionError
from jams import policies
from jams.models import Attendee, Entry, Format, Jam, JamStatus, SignUps, Suggestions, Voting
from jams.policies import (
    Audience,
    needs_approval,
    who_may_edit_chords,
    who_may_see_chords,
    who_may_sign_up,
    who_may_suggest,
    who_may_vote,
)
from jams.services.sign_ups import sign_up
from jams.services.suggestions import suggest_song
from tests.builders import make_entry, make_jam, make_song, make_user
from tests.hosts import browser_of, form_of
from tests.people import Browser
from votes.models import Vote
from votes.services.votes import set_vote

NOW = timezone.now()
EVERYONE, MUSICIANS, NOBODY = Audience.EVERYONE, Audience.MUSICIANS, Audience.NOBODY
UNKNOWN = "room"
RULES = [
    (who_may_vote, "voting", Voting, {"everyone": EVERYONE, "musicians": MUSICIANS, "closed": NOBODY}),
    (
        who_may_suggest,
        "suggestions",
        Suggestions,
        {"everyone": EVERYONE, "musicians": MUSICIANS, "approval": EVERYONE, "off": NOBODY},
    ),
    (who_may_sign_up, "sign_ups", SignUps, {"open": MUSICIANS, "closed": NOBODY}),
    (who_may_sign_up, "format", Format, {"songs": MUSICIANS, "bands": NOBODY, "open_mic": NOBODY, "mixed": MUSICIANS}),
    (who_may_edit_chords, "musicians_edit_chords", None, {True: MUSICIANS, False: NOBODY}),
]
of_rules = pytest.mark.parametrize(("rule", "field", "modes", "answers"), RULES, ids=lambda value: str(value)[:30])


@of_rules
def test_rule_has_an_answer_for_every_mode(rule: Callable, field: str, modes: Any, answers: dict) -> None:
    assert {value: rule(Jam(status=JamStatus.LIVE, **{field: value})) for value in answers} == answers
    assert modes is None or [*answers] == modes.values


@of_rules
def test_rule_denies_an_unknown_mode(rule: Callable, field: str, modes: Any, answers: dict) -> None:
    for value in (UNKNOWN, "", None):
        assert rule(Jam(status=JamStatus.LIVE, **{field: value})) is NOBODY


@of_rules
def test_rule_denies_an_ended_jam_and_an_unknown_status(rule: Callable, field: str, modes: Any, answers: dict) -> None:
    open_mode = next(iter(answers))
    found = {status: rule(Jam(status=status, **{field: open_mode})) for status in (*JamStatus.values, UNKNOWN)}
    shut = {status for status, audience in found.items() if audience is NOBODY}
    assert shut == {"ended", "cancelled", UNKNOWN}


@pytest.mark.parametrize(("rule", "field", "modes"), [rule[:3] for rule in RULES if rule[2]])
def test_rule_denies_a_mode_added_without_a_case(
    rule: Callable, field: str, modes: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: Any = [("ROOM", (UNKNOWN, UNKNOWN)), *((mode.name, (mode.value, mode.label)) for mode in modes)]
    monkeypatch.setattr(policies, modes.__name__, models.TextChoices(modes.__name__, added))
    jam = Jam(status=JamStatus.LIVE, **{field: UNKNOWN})
    assert (rule(jam), needs_approval(Jam(suggestions=UNKNOWN))) == (NOBODY, True)


def test_needs_approval_only_in_approval_mode() -> None:
    found = {mode: needs_approval(Jam(suggestions=mode)) for mode in (*Suggestions.values, UNKNOWN)}
    assert found == {"everyone": False, "musicians": False, "approval": True, "off": True, UNKNOWN: True}


def test_chord_sheets_stay_visible_to_musicians_after_the_jam() -> None:
    found = {status: who_may_see_chords(Jam(status=status)) for status in (*JamStatus.values, UNKNOWN)}
    assert found == {**dict.fromkeys(JamStatus.values, MUSICIANS), UNKNOWN: NOBODY}


def test_audience_includes_its_members() -> None:
    listener, musician = Attendee(), Attendee(name="Dana")
    found = {audience: [audience.includes(who) for who in (None, listener, musician)] for audience in Audience}
    assert found == {EVERYONE: [True] * 3, MUSICIANS: [False, False, True], NOBODY: [False] * 3}


# The same through services, pages, API and admin, with a mode that a later release wrote to the database.


@contextmanager
def unchecked(constraint: str, table: str = "jams_jam") -> Iterator[None]:
    """Let the database take what the constraint forbids, until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            connection.check_constraints()  # a table with deferred checks ahead of it cannot be altered
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
        yield
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


@pytest.fixture
def jam() -> Jam:
    return make_jam(
        name="Friday", slug="friday", status=JamStatus.LIVE, hosts=(make_user(is_staff=True, is_superuser=True),)
    )


def set_unknown(jam: Jam, field: str) -> Jam:
    with unchecked(f"jam_{field}_known"):
        Jam.objects.filter(pk=jam.pk).update(**{field: UNKNOWN})
    cache.clear()  # update() tells nobody
    return Jam.objects.select_related("venue").get(pk=jam.pk)


def by_program(method: str, path: str, body: Any = None) -> int:
    client = Client(enforce_csrf_checks=True)
    headers = {"X-CSRFToken": client.get("/api/v1/session").json()["csrf_token"]}
    send = getattr(client, method)
    answer = send(f"/api/v1/jams/friday/{path}", json.dumps(body), content_type="application/json", headers=headers)
    return int(answer.status_code)


def mode_in_api(field: str) -> str:
    mode: str = Client().get("/api/v1/jams/by-slug/friday").json()[field]
    return mode


@pytest.mark.django_db
def test_unknown_voting_mode_denies_votes(jam: Jam) -> None:
    entry, browser = make_entry(jam=jam), Browser(jam, name="Dana")
    entry.jam = set_unknown(jam, "voting")
    with pytest.raises(ActionError, match="Voting is closed"):
        set_vote(entry=entry, attendee=browser.attendee, wanted=True, now=NOW)
    assert browser.client.put(f"/jams/friday/songs/{entry.pk}/vote/").status_code == 409
    assert by_program("put", f"entries/{entry.pk}/vote") == 409
    assert Vote.objects.count() == 0
    page = browser.get("").text
    assert ("Voting is closed." in page, 'data-votable="no"' in page) == (True, True)
    assert [" disabled" in heart for heart in re.findall('<button id="heart-[^>]*>', page)] == [True]
    assert "Vote now" not in browser.client.get("/").text
    assert mode_in_api("voting") == "closed"


@pytest.mark.django_db
def test_unknown_suggestions_mode_denies_suggestions(jam: Jam) -> None:
    song, browser = make_song(), Browser(jam, name="Dana")
    jam = set_unknown(jam, "suggestions")
    with pytest.raises(ActionError, match="isn't taking suggestions"):
        suggest_song(jam=jam, attendee=browser.attendee, song=song, now=NOW)
    assert browser.post("suggest/", song=song.pk).status_code == 409
    assert by_program("post", "suggestions", {"song_id": song.pk}) == 409
    assert Entry.objects.count() == 0
    assert 'id="suggest"' not in browser.get("").text
    assert mode_in_api("suggestions") == "off"


@pytest.mark.django_db
def test_unknown_sign_ups_mode_denies_sign_ups(jam: Jam) -> None:
    entry, browser = make_entry(jam=jam), Browser(jam, name="Dana")
    set_unknown(jam, "sign_ups")
    with pytest.raises(ActionError, match="Sign-ups are closed"):
        sign_up(entry=entry, attendee=browser.attendee, part="bass", now=NOW)
    assert browser.post(f"songs/{entry.pk}/sign-up/", part="bass").status_code == 409
    assert entry.performances.count() == 0
    sheet = browser.get(f"songs/{entry.pk}/mine/").text
    assert ("Sign-ups are closed at this jam." in sheet, "/sign-up/" in sheet) == (True, False)
    assert mode_in_api("sign_ups") == "closed"


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["voting", "suggestions", "sign_ups"])
def test_admin_keeps_a_jam_with_an_unknown_mode_closed(jam: Jam, field: str) -> None:
    set_unknown(jam, field)
    address = f"/admin/jams/jam/{jam.pk}/change/"
    host = browser_of(jam.hosts.get())
    form = form_of(host.get(address))
    assert (form[field], host.post(address, form).status_code) == ("", 200)
    assert Jam.objects.values_list(field, flat=True).get() == UNKNOWN
