from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse, StreamingHttpResponse

from core.api.problem_details import MEDIA_TYPE, ProblemMiddleware
from core.exceptions import Conflict
from core.http.error_responses import ErrorMiddleware, csrf_failure


def told(response):
    document = response.json() if hasattr(response, "json") else None
    return response.status_code, response["Content-Type"], document and (document["status"], document["title"])


@pytest.mark.parametrize("path", ["", "v1/", "v1/nope", "v9/jams", "v1/songs/99", "v1/jams/by-slug/nope"])
@pytest.mark.django_db
def test_what_is_not_there_is_a_problem_document(client, path):
    assert told(client.get(f"/api/{path}")) == (404, MEDIA_TYPE, (404, "Not Found"))


def test_a_method_that_is_not_taken_is_told_with_those_that_are(client):
    response = client.post("/api/v1/search")
    assert told(response) == (405, MEDIA_TYPE, (405, "Method Not Allowed"))
    assert response["Allow"] == "GET"


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=101", "order=up", "q=" + 101 * "a"])
def test_a_parameter_that_makes_no_sense_is_named(client, query):
    response = client.get(f"/api/v1/songs?{query}")
    assert told(response) == (400, MEDIA_TYPE, (400, "Bad Request"))
    assert [fault["where"] for fault in response.json()["errors"]] == [f"query.{query.split('=')[0]}"]


@pytest.mark.django_db
def test_a_page_after_the_last_one_is_a_problem_with_a_sentence(client):
    response = client.get("/api/v1/songs?page=7")
    assert (response.status_code, response.json()["detail"]) == (404, "There is no page 7.")


def test_a_broken_server_is_a_problem_document_that_tells_nothing(client, monkeypatch):
    def fail(*args, **kwargs):
        raise ValueError("secret")

    monkeypatch.setattr("songs.api.public.cached_response", fail)
    client.raise_request_exception = False
    response = client.get("/api/v1/songs")
    assert told(response) == (500, MEDIA_TYPE, (500, "Internal Server Error"))
    assert b"secret" not in response.content


def test_a_database_that_is_away_is_a_problem_worth_another_try(client, monkeypatch):
    def fail(*args, **kwargs):
        raise OperationalError("gone")

    monkeypatch.setattr("songs.api.public.cached_response", fail)
    response = client.get("/api/v1/songs")
    assert told(response) == (503, MEDIA_TYPE, (503, "Service Unavailable"))
    assert response["Retry-After"] == "2"


def test_an_unknown_host_is_a_problem_document(client):
    assert told(client.get("/api/v1/songs", headers={"host": "evil.example"})) == (
        400,
        MEDIA_TYPE,
        (400, "Bad Request"),
    )


@pytest.mark.django_db
def test_what_should_have_been_encrypted_is_refused_and_not_redirected(client, settings):
    """A redirect would work, and nobody would notice that the token goes out in the clear."""
    settings.SECURE_SSL_REDIRECT = True
    headers = {"Authorization": "Bearer jam_secret"}
    for answer in (client.get("/api/v1/songs", headers=headers), client.post("/api/v1/songs"), client.put("/api/v1/x")):
        assert told(answer) == (403, MEDIA_TYPE, (403, "Forbidden"))
        assert "revoke that token" in answer.json()["detail"]
    assert client.get("/api/v1/songs")["Location"] == "https://testserver/api/v1/songs"
    assert client.get("/api/v1/songs", headers=headers, secure=True).status_code == 200


@pytest.mark.parametrize("path", ["/api/v1/x", "/x"])
def test_a_refusal_is_a_document_for_programs_and_a_page_for_people(rf, path):
    middleware = ErrorMiddleware(lambda request: HttpResponse())
    refusal = middleware.process_exception(rf.get(path), Conflict("No."))
    assert refusal is not None
    kinds = [
        refusal["Content-Type"],
        csrf_failure(rf.post(path))["Content-Type"],
    ]
    assert kinds == [MEDIA_TYPE if path.startswith("/api/") else "text/html; charset=utf-8"] * 2


def test_headers_of_an_error_stay_when_it_becomes_a_document(rf):
    page = HttpResponse("<h1>Wait</h1>", status=429, headers={"Retry-After": "3", "Content-Length": "13"})
    response = ProblemMiddleware(lambda request: page)(rf.get("/api/v1/x"))
    assert (response["Retry-After"], int(response["Content-Length"])) == ("3", len(response.content))


def test_pages_are_left_alone(rf):
    page: Any = StreamingHttpResponse(["x"], status=404)
    assert ProblemMiddleware(lambda request: page)(rf.get("/x")) is page
