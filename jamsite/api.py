"""The API: the routes of all apps under one version, and its error handlers."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from core.api.docs import ServerRenderedDocs
from core.api.problem_details import MEDIA_TYPE, FieldError, problem_response
from core.exceptions import ActionError
from core.http.statuses import get_status
from jams.api import router as jams_router
from jams.api.series import router as series_router
from search.api import router as search_router
from songs.api import router as songs_router
from songs.api.instruments import router as instruments_router
from venues.api import router as venues_router
from votes.api import router as votes_router

ERROR_STATUSES = range(400, 600)
UNIQUENESS_CODES = ("unique", "unique_together")
DESCRIPTION = """Jam nights with their set lists and votes, the song library, and venues.

Reading needs no authentication. Voting uses the same cookie and CSRF token as the pages: get both from\
 GET /api/v1/session. Hosts' programs send a token issued by an administrator.

Errors are problem documents (RFC 9457), and responses carry an ETag. docs/api.md says what may change within a\
 version."""


class JamsiteAPI(NinjaAPI):
    """Ninja's API with a schema that documents errors as problem documents."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._schemas: dict[str | None, OpenAPISchema] = {}

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """Return the schema in the active language, built once per process: building takes 0.6 s of CPU."""
        language = get_language()
        if language not in self._schemas:
            self._schemas[language] = self._build_schema(**kwargs)
        return self._schemas[language]

    def _build_schema(self, **kwargs: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**kwargs)
        for operation in list_operations(schema):
            for status, response in operation["responses"].items():
                if status in ERROR_STATUSES and "content" in response:
                    response["content"] = {MEDIA_TYPE: response["content"].pop("application/json")}
        return schema


def list_operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every operation of an OpenAPI document."""
    return [operation for methods in schema["paths"].values() for operation in methods.values()]


v1 = JamsiteAPI(
    title="Jamsite", version="1", description=DESCRIPTION, urls_namespace="api-v1", docs=ServerRenderedDocs()
)
for prefix, router in {
    "/jams": jams_router,
    "/series": series_router,
    "": votes_router,
    "/songs": songs_router,
    "/instruments": instruments_router,
    "/venues": venues_router,
    "/search": search_router,
}.items():
    v1.add_router(prefix, router)


@v1.exception_handler(ActionError)
def answer_action_error(request: HttpRequest, error: ActionError) -> HttpResponse:
    return problem_response(get_status(error), str(error), retry_after=error.retry_after)


@v1.exception_handler(Http404)
def answer_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(404)


@v1.exception_handler(AuthenticationError)
def answer_authentication_error(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = problem_response(401)
    response["WWW-Authenticate"] = 'Bearer realm="jamsite"'
    return response


@v1.exception_handler(HttpError)
def answer_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem_response(error.status_code)


@v1.exception_handler(ValidationError)
def answer_request_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer 400, like the pages, instead of ninja's 422."""
    errors = [FieldError(where=".".join(map(str, one["loc"])), what=one["msg"]) for one in error.errors]
    return problem_response(400, errors=errors)


@v1.exception_handler(ModelValidationError)
def answer_model_error(request: HttpRequest, error: ModelValidationError) -> HttpResponse:
    """Answer 409 if a value that must be unique is taken, else 400."""
    is_taken = any(one.code in UNIQUENESS_CODES for group in error.error_dict.values() for one in group)
    errors = [
        FieldError(where="body" if name == NON_FIELD_ERRORS else f"body.{name}", what=sentence)
        for name, sentences in error.message_dict.items()
        for sentence in sentences
    ]
    return problem_response(409 if is_taken else 400, errors[0].what, errors=errors)


@v1.exception_handler(Exception)
def reraise(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error  # Django logs it and answers 500, or 503 if the database is unavailable
