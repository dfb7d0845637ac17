"""The documentation page of an API version, rendered on the server: no script, so the CSP stays strict."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase

REFERENCE = "#/components/schemas/"


class ServerRenderedDocs(DocsBase):
    """Renders api/docs.html from the OpenAPI schema."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        schema = api.get_openapi_schema(path_params=kwargs)
        context = {
            "schema": schema,
            "schema_url": self.get_openapi_url(api, kwargs),
            "sections": _group_by_tag(schema),
            "types": [_describe_schema(name, found) for name, found in sorted(schema["components"]["schemas"].items())],
        }
        return render(request, "api/docs.html", context)


def _group_by_tag(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Group the operations by their first tag, in the order of the schema."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            sections.setdefault(operation["tags"][0], []).append(_describe_operation(path, method, operation))
    return [{"name": name, "operations": found} for name, found in sections.items()]


def _describe_operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": operation["operationId"],
        "path": path,
        "method": method.upper(),
        "summary": operation["summary"],
        "description": operation.get("description", ""),
        "can_try": method == "get" and "{" not in path and "security" not in operation,
        "security": [name for choice in operation.get("security", []) for name in choice],
        "parameters": [{**found, "type": _describe_type(found["schema"])} for found in operation["parameters"]],
        "body": _describe_body(operation.get("requestBody", {})),
        "responses": [
            {"status": status, "description": found["description"], "type": _describe_body(found)}
            for status, found in operation["responses"].items()
        ],
    }


def _describe_body(holder: dict[str, Any]) -> dict[str, str]:
    """Return the media type and the type of a request's or response's body; {} without a body."""
    for media, found in holder.get("content", {}).items():
        return {"media": media, **_describe_type(found["schema"])}
    return {}


def _describe_schema(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    required = schema.get("required", [])
    fields = [
        {
            "name": field,
            "required": field in required,
            "type": _describe_type(found),
            "about": found.get("description", ""),
        }
        for field, found in schema.get("properties", {}).items()
    ]
    return {"name": name, "about": schema.get("description", ""), "fields": fields}


def _describe_type(schema: dict[str, Any]) -> dict[str, str]:
    """Return a type in words, and the name of the schema to link to ("" if none)."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(REFERENCE)
        return {"words": name, "link": name}
    if "allOf" in schema:
        return _describe_type(schema["allOf"][0])
    if "anyOf" in schema:
        choices = [_describe_type(choice) for choice in schema["anyOf"]]
        links = [choice["link"] for choice in choices if choice["link"]]
        return {"words": " or ".join(choice["words"] for choice in choices), "link": "".join(links[:1])}
    if schema.get("type") == "array":
        inner = _describe_type(schema["items"])
        return {"words": f"list of {inner['words']}", "link": inner["link"]}
    if "enum" in schema or "const" in schema:
        return {"words": " | ".join(map(str, schema.get("enum", [schema.get("const")]))), "link": ""}
    return {"words": " ".join(filter(None, [schema.get("type", ""), _describe_limits(schema)])), "link": ""}


def _describe_limits(schema: dict[str, Any]) -> str:
    names = {"format": "%s", "minimum": "≥ %s", "maximum": "≤ %s", "maxLength": "up to %s characters"}
    limits = ", ".join(words % schema[name] for name, words in names.items() if name in schema)
    return f"({limits})" if limits else ""
