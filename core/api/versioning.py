"""API versions: unversioned URLs redirect to the current one, old ones announce their end.

Every answer also names the release of Jamsite that gave it, in `Jamsite-Version`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt

from core.api.problem_details import API_PREFIX, is_api_request, problem_response
from core.version import VERSION

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


class ApiVersionMiddleware:
    """Adds Jamsite-Version to every answer of the API, and Deprecation (RFC 9745) and Sunset (RFC 8594) to old ones."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api_request(request):
            return self.get_response(request)
        response = self._answer(request, RETIREMENTS.get(request.path.removeprefix(API_PREFIX).partition("/")[0]))
        response["Jamsite-Version"] = VERSION
        return response

    def _answer(self, request: HttpRequest, retirement: Retirement | None) -> HttpResponse:
        if retirement is None:
            return self.get_response(request)
        is_over = timezone.now() >= retirement.sunset_at
        response = problem_response(410) if is_over else self.get_response(request)
        response["Deprecation"] = f"@{int(retirement.deprecated_at.timestamp())}"
        response["Sunset"] = http_date(retirement.sunset_at.timestamp())
        response["Link"] = f'<{API_PREFIX}{CURRENT_VERSION}/docs>; rel="successor-version"'
        return response
