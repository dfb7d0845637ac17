"""The ASGI handler for a site whose views and middleware are all synchronous."""

from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase

from core.caching.generation_reader import GenerationReader
from core.http.kept_pages import IncomingRequest, KeptResponse, KeptResponses, read_incoming, record_kept_response

INCOMING = "jamsite.incoming"  # in the scope: the request, while Django answers it


class SingleThreadASGIHandler(ASGIHandler):
    """Runs all middleware and the view of a request in one thread, without going back to the event loop.

    Django's handler switches to a thread and back for each half of each middleware that supports both modes: about
    fifteen times per page, which took ten times as long as the page itself. A public page that is still current is sent
    by the event loop itself; see `core.http.kept_pages`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.kept = KeptResponses()
        self.generations = GenerationReader()

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        incoming = read_scope(scope)
        if incoming and (kept := await self._find_current(incoming)):
            await send_kept_response(kept, incoming, send)
            return
        await super().__call__({**scope, INCOMING: incoming}, receive, send)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await sync_to_async(self.get_response)(request)
        if incoming := request.scope[INCOMING]:  # type: ignore[attr-defined]  # an ASGIRequest has a scope
            self.kept.keep(incoming, request, response)
        return response

    async def _find_current(self, incoming: IncomingRequest) -> KeptResponse | None:
        kept = self.kept.find(incoming)
        if kept and kept.is_current(await self.generations.read(kept.ticket.depends_on)):
            return kept
        return None


def read_scope(scope: dict[str, Any]) -> IncomingRequest | None:
    """Return the request of an ASGI scope if it may be answered without Django."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        text = name.decode("latin-1").lower()
        headers[text] = f"{headers[text]},{value.decode('latin-1')}" if text in headers else value.decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return read_incoming(scope["method"], scope.get("scheme", "http"), scope["path"], query, headers)


async def send_kept_response(kept: KeptResponse, incoming: IncomingRequest, send: Any) -> None:
    """Send a response that this process has kept, with an id of its own."""
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in kept.headers]
    headers.append((b"X-Request-ID", record_kept_response(incoming, kept).encode("ascii")))
    await send({"type": "http.response.start", "status": kept.status, "headers": headers})
    await send({"type": "http.response.body", "body": kept.body})
