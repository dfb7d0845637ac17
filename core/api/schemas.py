"""Shared parts of the API's routes: types, pagination, cached responses, documented problems."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from core.api.problem_details import Problem
from core.caching import pages
from core.pagination import PAGE_SIZE, Page

MAX_PER_PAGE = 100
MAX_PAGE = 9999
MAX_ID = 2**63 - 1


def _parse_date(value: Any) -> Any:
    """Pydantic would also accept a number as a date."""
    if not isinstance(value, str):
        raise PydanticCustomError("day", "Input should be a date like 2026-11-27")
    return date.fromisoformat(value)


def _reject_text(value: Any) -> Any:
    """Pydantic would also accept a string or a boolean as a number."""
    if isinstance(value, bool | str):
        raise PydanticCustomError("number", "Input should be a number")
    return value


def _parse_datetime(value: Any) -> Any:
    if not isinstance(value, str):
        raise PydanticCustomError("moment", "Input should be a date and time like 2026-11-27T20:00:00+01:00")
    return datetime.fromisoformat(value)


IsoDate = Annotated[date, BeforeValidator(_parse_date)]
IsoDateTime = Annotated[AwareDatetime, BeforeValidator(_parse_datetime)]
Integer = Annotated[int, BeforeValidator(_reject_text)]
Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Slug = Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]+$", max_length=80)]


class StrictSchema(Schema):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")

    @property
    def changed_fields(self) -> dict[str, Any]:
        """The fields that the request contained, by name."""
        return self.model_dump(exclude_unset=True)


#: The default of a field that may be left out of a request but may not be null.
OMITTED: Any = None


class Paging(Schema):
    page: int = Field(1, ge=1, le=MAX_PAGE)
    per_page: int = Field(PAGE_SIZE, ge=1, le=MAX_PER_PAGE)


class Paged(Schema):
    """One page of a list; next and previous are page numbers, or null at the ends."""

    page: int
    next: int | None
    previous: int | None


def get_page_numbers(page: Page[Any]) -> dict[str, int | None]:
    """Return the fields of `Paged`."""
    return {"page": page.number, "next": page.next, "previous": page.previous}


def problem_responses(*statuses: int) -> dict[int, type[Problem]]:
    """Return the problem responses of an operation: `statuses`, and 503 for an unavailable database."""
    return dict.fromkeys((*statuses, 503), Problem)


def cached_response(
    request: HttpRequest,
    *,
    key: str,
    query: Schema | None = None,
    depends_on: tuple[str, ...],
    build: Callable[[], Schema],
) -> HttpResponse:
    """Return what `build` returns, cached like a public page.

    A list (with `query`, its parameters) is cached for LIST_CACHE_SECONDS, a single object for PAGE_CACHE_SECONDS.
    """
    seconds = settings.LIST_CACHE_SECONDS if query else settings.PAGE_CACHE_SECONDS
    if query:
        text = json.dumps(query.model_dump(mode="json"), sort_keys=True)
        key = f"{key}:{hashlib.sha256(text.encode()).hexdigest()}"

    def make() -> pages.CachedPage:
        return pages.CachedPage.from_content(build().model_dump_json().encode(), ("Content-Type", "application/json"))

    return pages.cached_response(
        request, key=f"api:{get_language()}:{key}", depends_on=depends_on, seconds=seconds, make=make
    )
