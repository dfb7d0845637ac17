import re

import pytest

from jamsite.api import list_operations, v1


def test_the_page_tells_every_operation_and_every_type(client):
    page = client.get("/api/v1/docs").content.decode()
    schema = v1.get_openapi_schema()
    ids = set(re.findall(r'<h3 id="([^"]+)"', page))
    names = {operation["operationId"] for operation in list_operations(schema)}
    assert ids == names | {f"type-{name}" for name in schema["components"]["schemas"]}


def test_its_links_to_types_lead_somewhere(client):
    page = client.get("/api/v1/docs").content.decode()
    assert set(re.findall(r'href="#([^"]+)"', page)) - set(re.findall(r'id="([^"]+)"', page)) == set()


@pytest.mark.parametrize("word", ["<script>", "<style", " style=", "https://"])
def test_it_needs_no_inline_script_no_inline_style_and_nobody_else(client, word):
    assert word not in client.get("/api/v1/docs").content.decode()
