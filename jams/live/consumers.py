"""The socket of a jam page: it only ever listens."""

from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils.translation import get_supported_language_variant

from core.exceptions import NotFound
from jams.live import close_codes
from jams.live.hub import BoardTooLarge, Room, hub

PATIENCE = 10  # messages that a client may send, though nothing reads them, before it is shown the door


class JamSocket(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    channel_layer_alias = "none"  # the hub is the member of the channel layer, not each socket

    room: Room | None = None
    received = 0

    async def connect(self) -> None:
        asked = parse_qs(self.scope["query_string"].decode("latin-1"))
        slug, seen = self.scope["url_route"]["kwargs"]["slug"], asked.get("seen", [""])[0]
        language = accepted_language(asked.get("lang", [""])[0])
        try:
            self.room = await hub.join(slug, self, language=language, accept=self.accept, seen=seen)
        except (NotFound, BoardTooLarge):
            await self.close()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.received += 1
        if self.received > PATIENCE:
            await self.close(code=close_codes.TOO_MANY_MESSAGES)

    async def disconnect(self, code: int) -> None:
        if self.room:
            self.room.remove(self)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As in channels, but without its visit to a thread for every message: this socket has no database."""
        handler = {
            "websocket.connect": self.websocket_connect,
            "websocket.receive": self.websocket_receive,
            "websocket.disconnect": self.websocket_disconnect,
        }[message["type"]]
        await handler(message)


def accepted_language(language: str) -> str:
    """Return `language` where we speak it, else the site's own."""
    try:
        return get_supported_language_variant(language)
    except LookupError:
        return settings.LANGUAGE_CODE
