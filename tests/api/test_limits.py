"""Every write of the API has a limit, and says how long to wait."""

import pytest
from django.test import Client

from jams.models import Attendee
from jamsite.api import v1
from tests.builders import make_entry, make_jam, make_song, make_token, make_venue

pytestmark = pytest.mark.django_db

BODIES = {
    "join": {"name": "Dana"},
    "suggest": {"title": "Purple Rain", "artist": "Prince"},
    "sign_up_act": {"instrument": "bass"},
    "join_act": {"code": "abcde", "instrument": "bass"},
    "answer_question": {"answer": "yes"},
}
WRITES = [
    (method, path, operation)
    for path, methods in v1.get_openapi_schema()["paths"].items()
    for method, operation in methods.items()
    if method not in ("get", "head")
]


@pytest.fixture
def world():
    """One of everything, by the words that stand for it in the paths of the API."""
    entry = make_entry(jam=make_jam(slug="a", venue=make_venue(slug="a")), song=make_song())
    return {
        "slug": "a",
        "entry_id": entry.pk,
        "song_id": entry.song_id,
        "merge_id": 1,
        "question_id": 1,
        "part": "bass",
        "act": "pause",
        "code": "abc",
    }


@pytest.mark.parametrize(("method", "path", "operation"), WRITES, ids=[one["operationId"] for *_, one in WRITES])
def test_a_write_beyond_its_limit_has_to_wait(world, settings, method, path, operation):
    settings.VOTE_RATE = settings.ACT_RATE = settings.TOKEN_RATE = "1/h"
    body, headers, client = BODIES.get(operation["operationId"], {}), {}, Client()
    client.get("/api/v1/session")
    if operation["security"] == [{"TokenAuth": []}]:
        headers = {"Authorization": f"Bearer {make_token()}"}

    def ask():
        address = path.format(**world)
        return getattr(client, method)(address, body, content_type="application/json", headers=headers)

    answers = [ask(), ask()]
    assert ([answer.status_code == 429 for answer in answers], 429 in operation["responses"]) == ([False, True], True)
    assert 0 < int(answers[1]["Retry-After"]) <= 3600


def test_acts_by_page_and_by_program_are_counted_together(settings):
    settings.ACT_RATE = "2/h"
    jam, client = make_jam(), Client()
    client.get("/api/v1/session")
    address = f"/api/v1/jams/{jam.slug}/me"
    answers = [
        client.post(f"/jams/{jam.slug}/me/join/", {"name": "Dana"}),
        client.put(address, {"name": "Robin"}, content_type="application/json"),
        client.put(address, {"name": "Kim"}, content_type="application/json"),
    ]
    assert [answer.status_code for answer in answers] == [303, 200, 429]
    assert Attendee.objects.get().name == "Robin"
