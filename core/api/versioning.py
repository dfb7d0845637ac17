"""Versions of the API: where unversioned addresses lead, and how an old version says goodbye."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import http_date

from core.api.problem_details import API_PREFIX, is_api_request, problem_response

CURRENT_VERSION = "v1"


@dataclass(frozen=True)
class Retirement:
    """When a version was called old, and when it stops; after that it answers 410."""

    deprecated_at: datetime
    sunset_at: datetime


#: The versions on their way out, by the word in their path, like {"v1": Retirement(...)}.
RETIREMENTS: dict[str, Retirement] = {}


def redirect_to_current_version(request: HttpRequest) -> HttpResponse:
    """Lead an address without a version to the current one, method, body and query kept."""
    response = HttpResponse(status=308)
    response["Location"] = f"{API_PREFIX}{CURRENT_VERSION}/{request.get_full_path().removeprefix(API_PREFIX)}"
    return response


redirect_to_current_version.csrf_exempt = True  # it does nothing; where it leads to checks for itself


class RetirementMiddleware:
    """Says Deprecation (RFC 9745) and Sunset (RFC 8594) on every answer of an old version."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        version = request.path.removeprefix(API_PREFIX).partition("/")[0]
        retirement = RETIREMENTS.get(version) if is_api_request(request) else None
        if retirement is None:
            return self.get_response(request)
        over = timezone.now() >= retirement.sunset_at
        response = problem_response(410) if over else self.get_response(request)
        response["Deprecation"] = f"@{int(retirement.deprecated_at.timestamp())}"
        response["Sunset"] = http_date(retirement.sunset_at.timestamp())
        response["Link"] = f'<{API_PREFIX}{CURRENT_VERSION}/docs>; rel="successor-version"'
        return response
