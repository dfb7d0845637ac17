"""The published schema is a promise: docs/openapi-v1.json holds it, and CHANGELOG.md names every change of it."""

import hashlib
import json

from django.conf import settings

from jamsite.api import list_operations, v1

SNAPSHOT = settings.BASE_DIR / "docs" / "openapi-v1.json"
CHANGELOG = settings.BASE_DIR / "CHANGELOG.md"


def published():
    return json.dumps(json.loads(json.dumps(v1.get_openapi_schema())), indent=2, sort_keys=True) + "\n"


def test_the_published_schema_is_the_one_in_the_docs():
    """After a change on purpose: manage.py openapi > docs/openapi-v1.json"""
    assert published() == SNAPSHOT.read_text()


def test_the_changelog_names_the_published_schema():
    digest = hashlib.sha256(SNAPSHOT.read_bytes()).hexdigest()[:12]
    assert f"`v1 {digest}`" in CHANGELOG.read_text()


def test_the_schema_is_served_as_openapi_3_1(client):
    served = client.get("/api/v1/openapi.json").json()
    assert (served["openapi"], served["info"]["version"]) == ("3.1.0", "1")


def test_every_operation_has_a_name_of_its_own_and_a_section():
    found = list_operations(v1.get_openapi_schema())
    names = [operation["operationId"] for operation in found]
    assert (len(set(names)), [one for one in found if len(one["tags"]) != 1]) == (len(names), [])


def test_every_documented_error_is_a_problem_document():
    errors = [
        list(answer["content"])
        for operation in list_operations(v1.get_openapi_schema())
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]
    assert [kinds for kinds in errors if kinds != ["application/problem+json"]] == []
