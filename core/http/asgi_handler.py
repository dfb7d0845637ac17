"""The ASGI handler for a site whose views and middleware are all synchronous."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase


class SingleThreadASGIHandler(ASGIHandler):
    """Runs all middleware and the view of a request in one thread, without going back to the event loop.

    Django's handler switches to a thread and back for each half of each middleware that supports both modes: about
    fifteen times per page, which took ten times as long as the page itself.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await sync_to_async(self.get_response)(request)
        return response
