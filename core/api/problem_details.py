"""Problem documents (RFC 9457) for every error response of the API."""

from collections.abc import Callable, Iterable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from pydantic import Field

API_PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
NOT_ENCRYPTED = _("Use https. This request wasn't encrypted; if it held a token, revoke that token.")
DEFAULT_DETAILS = {
    400: _("We couldn't understand this request."),
    401: _("Send a valid token: Authorization: Bearer …"),
    403: _("You don't have access to this."),
    404: _("There is nothing at this address."),
    405: _("This address doesn't accept that method. The Allow header lists those it does."),
    410: _("This version of the API has been switched off. See /api/v1/docs for the current one."),
    413: _("The request is too large."),
    500: _("Something went wrong on our side."),
    503: _("We're having technical problems right now. Please try again in a moment."),
}


class FieldError(Schema):
    """One error in a request."""

    where: str = Field(description="The parameter, or the path in the body, for example body.title.")
    what: str = Field(description="What is wrong with it, as a sentence.")


class Problem(Schema):
    """Why a request failed (RFC 9457)."""

    type: str = Field(description="Always about:blank; the status tells the kind of problem.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="An explanation for people.")
    errors: list[FieldError] = Field(description="Each thing that is wrong with the request, where known.")


def problem_response(
    status: int, detail: str = "", *, errors: Iterable[FieldError] = (), retry_after: int | None = None
) -> HttpResponse:
    """Return a problem document. The default `detail` is a sentence for the status; `retry_after` is in seconds."""
    response = HttpResponse(status=status, content_type=MEDIA_TYPE)
    _write_problem(response, detail, errors)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def is_api_request(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def _must_be_encrypted(request: HttpRequest) -> bool:
    """Whether this request should have come with HTTPS, which Django's redirect would hide from its program.

    Only public reading is redirected, as pages are.
    """
    is_public = request.method in ("GET", "HEAD") and "Authorization" not in request.headers
    return settings.SECURE_SSL_REDIRECT and not request.is_secure() and not is_public


class ProblemMiddleware:
    """Turns every error response under /api/ into a problem document, and answers HEAD like GET.

    On a site with HTTPS it refuses what should have been encrypted, so that nobody goes on sending a token in clear.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api_request(request):
            return self.get_response(request)
        if _must_be_encrypted(request):
            return problem_response(403, str(NOT_ENCRYPTED))
        asked = request.method
        request.method = "GET" if asked == "HEAD" else asked
        response = self.get_response(request)
        request.method = asked  # the server omits the body of a response to HEAD
        if response.status_code >= HTTPStatus.BAD_REQUEST and response["Content-Type"] != MEDIA_TYPE:
            _write_problem(response)
        return response


def _write_problem(response: HttpResponse, detail: str = "", errors: Iterable[FieldError] = ()) -> None:
    """Replace the content of `response` by a problem document; keep its status and other headers."""
    status = response.status_code
    said = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or str(DEFAULT_DETAILS.get(status, DEFAULT_DETAILS[HTTPStatus.BAD_REQUEST])),
        errors=list(errors),
    )
    response.content = said.model_dump_json().encode()
    response["Content-Type"] = MEDIA_TYPE
    if response.has_header("Content-Length"):
        response["Content-Length"] = str(len(response.content))
