"""API versions: unversioned URLs redirect to the current one, old ones announce their end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from core.api.problem_details import API_PREFIX, is_api_request, problem_response

CURRENT_VERSION = "v1"


@dataclass(frozen=True)
class Retirement:
    """When a version became deprecated, and when it is switched off; from then on it answers 410."""

    deprecated_at: datetime
    sunset_at: datetime


#: Deprecated versions by their part of the path, like {"v1": Retirement(...)}.
RETIREMENTS: dict[str, Retirement] = {}


@csrf_exempt  # it changes nothing, and the view that it redirects to has its own check
def redirect_to_current_version(request: HttpRequest) -> HttpResponse:
    """Redirect a URL without a version to the current version, keeping method, body and query."""
    response = HttpResponse(status=308)
    response["Location"] = f"{API_PREFIX}{CURRENT_VERSION}/{request.get_full_path().removeprefix(API_PREFIX)}"
    return response


class RetirementMiddleware:
    """Adds Deprecation (RFC 9745) and Sunset (RFC 8594) headers to every response of a deprecated version."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        version = request.path.removeprefix(API_PREFIX).partition("/")[0]
        retirement = RETIREMENTS.get(version) if is_api_request(request) else None
        if retirement is None:
            return self.get_response(request)
        is_over = timezone.now() >= retirement.sunset_at
        response = problem_response(410) if is_over else self.get_response(request)
        response["Deprecation"] = f"@{int(retirement.deprecated_at.timestamp())}"
        response["Sunset"] = http_date(retirement.sunset_at.timestamp())
        response["Link"] = f'<{API_PREFIX}{CURRENT_VERSION}/docs>; rel="successor-version"'
        return response
