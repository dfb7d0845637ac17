"""The WebSocket consumer of a jam page. Data flows only from the server to the page."""

from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils.translation import get_supported_language_variant

from core.exceptions import NotFound
from jams.live import close_codes
from jams.live.hub import BoardTooLarge, Room, hub

MAX_RECEIVED = 10  # messages that a client may send, although nothing reads them, before its socket is closed


class JamSocket(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    channel_layer_alias = "none"  # the hub subscribes to the channel layer, not each socket

    room: Room | None = None
    received = 0

    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        slug, seen = self.scope["url_route"]["kwargs"]["slug"], query.get("seen", [""])[0]
        language = resolve_language(query.get("lang", [""])[0])
        try:
            self.room = await hub.join(slug, self, language=language, accept=self.accept, seen=seen)
        except (NotFound, BoardTooLarge):
            await self.close()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.received += 1
        if self.received > MAX_RECEIVED:
            await self.close(code=close_codes.TOO_MANY_MESSAGES)

    async def disconnect(self, code: int) -> None:
        if self.room:
            self.room.remove(self)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Dispatch without the thread hop of channels per message: this consumer uses no database connection."""
        handler = {
            "websocket.connect": self.websocket_connect,
            "websocket.receive": self.websocket_receive,
            "websocket.disconnect": self.websocket_disconnect,
        }[message["type"]]
        await handler(message)


def resolve_language(language: str) -> str:
    """Return `language` if the site has it, else the site's default language."""
    try:
        return get_supported_language_variant(language)
    except LookupError:
        return settings.LANGUAGE_CODE
