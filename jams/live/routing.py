from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from jams.live.consumers import JamSocket

websocket_urlpatterns = [
    path("ws/jams/<slug:slug>/", JamSocket.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),  # without it, any other address is an error in the log
]
