"""The ASGI handler for a site whose views and middleware are all synchronous."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from typing import IO, Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_started
from django.http import HttpResponseBase
from django.urls import set_script_prefix

from core.caching.generation_reader import GenerationReader
from core.http.kept_pages import IncomingRequest, KeptResponse, KeptResponses, read_incoming, record_kept_response

INCOMING = "jamsite.incoming"  # in the scope: the request, while Django answers it
MAX_IDLE_THREADS = 32  # any more end once their request has been answered


class SingleTripASGIHandler(ASGIHandler):
    """Answers a request with one trip to a thread, in which all middleware and the view run.

    Django's handler switches to a thread and back for the signals, and for each half of each middleware that supports
    both modes: about fifteen times per page, which took ten times as long as the page itself. It also starts a thread
    for every request; here threads are reused. A public page that is still current is sent by the event loop
    itself; see `core.http.kept_pages`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.kept = KeptResponses()
        self.generations = GenerationReader()
        self.idle: list[ThreadPoolExecutor] = []  # of one thread each; the last one used is in cache, so it is first

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        incoming = read_scope(scope)
        if incoming and (kept := await self._find_current(incoming)):
            await send_kept_response(kept, incoming, send)
            return
        async with self._use_thread():
            await self.handle({**scope, INCOMING: incoming}, receive, send)

    async def handle(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Read the body, answer in the thread, and send the response.

        A client that disconnects stops a streamed response. Other views cannot be stopped, so nothing listens.
        """
        try:
            body: IO[bytes] = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            response = await sync_to_async(self._respond)(scope, body)
            if response.streaming:
                await self._stream(response, receive, send)
            else:
                await self.send_response(response, send)

    def _respond(self, scope: dict[str, Any], body: IO[bytes]) -> HttpResponseBase:
        """Return the response, closed already unless it is streamed: its connection to the database is free again."""
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        response: Any  # from Django only if it can make no request
        request, response = self.create_request(scope, body)
        if request is not None:
            response = self.get_response(request)
            if scope[INCOMING]:
                self.kept.keep(scope[INCOMING], request, response)
        if not response.streaming:
            response.close()
        return response  # type: ignore[no-any-return]  # it is one in either case

    async def _stream(self, response: HttpResponseBase, receive: Any, send: Any) -> None:
        """Send a response whose parts are still to come, until its client disconnects."""
        sending = asyncio.ensure_future(self.send_response(response, send))
        listening = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((sending, listening), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (listening, sending):
                task.cancel()
            outcomes = await asyncio.gather(sending, listening, return_exceptions=True)
            await sync_to_async(response.close)()
        if isinstance(outcomes[0], Exception):
            raise outcomes[0]

    @asynccontextmanager
    async def _use_thread(self) -> AsyncIterator[None]:
        """Give the thread-sensitive calls of a request a thread of their own, and keep it for later requests.

        Not after an error or a cancellation: then the thread may still be at work.
        """
        thread = self.idle.pop() if self.idle else ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                yield
        except BaseException:
            thread.shutdown(wait=False)
            raise
        if len(self.idle) < MAX_IDLE_THREADS:
            self.idle.append(thread)
        else:
            thread.shutdown(wait=False)

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
