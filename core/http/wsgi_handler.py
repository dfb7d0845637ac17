"""The WSGI handler, which sends public pages that are still current without Django; see `core.http.kept_pages`."""

from collections.abc import Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponseBase

from core.caching import generations
from core.http.kept_pages import IncomingRequest, KeptResponses, read_incoming, record_kept_response

INCOMING = "jamsite.incoming"  # in the environ: the request, while Django answers it


class KeepingWSGIHandler(WSGIHandler):
    def __init__(self) -> None:
        super().__init__()
        self.kept = KeptResponses()

    def __call__(  # type: ignore[override]  # to the stubs it is a response, to WSGI some bytes
        self, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        incoming = read_environ(environ)
        kept = self.kept.find(incoming) if incoming else None
        if incoming and kept and kept.is_current(generations.read_generations(*kept.ticket.depends_on)):
            request_id = record_kept_response(incoming, kept)
            start_response(f"{kept.status} {kept.reason}", [*kept.headers, ("X-Request-ID", request_id)])
            return [kept.body]
        environ[INCOMING] = incoming
        response: Iterable[bytes] = super().__call__(environ, start_response)
        return response

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = super().get_response(request)
        if incoming := request.environ[INCOMING]:  # type: ignore[attr-defined]  # a WSGIRequest has an environ
            self.kept.keep(incoming, request, response)
        return response


def read_environ(environ: dict[str, Any]) -> IncomingRequest | None:
    """Return the request of a WSGI environment if it may be answered without Django."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-length"] = environ.get("CONTENT_LENGTH") or "0"
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    scheme, query = environ["wsgi.url_scheme"], environ.get("QUERY_STRING", "")
    return read_incoming(environ["REQUEST_METHOD"], scheme, path, query, headers)
