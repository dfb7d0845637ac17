from channels.security.websocket import WebsocketDenier
from django.urls import re_path

from jams.live.consumers import JamSocket

websocket_urlpatterns = [
    # Not longer than a slug can be: the channel layer refuses long names, with a warning in the log for each.
    re_path(r"^ws/jams/(?P<slug>[-a-zA-Z0-9_]{1,80})/$", JamSocket.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),  # without it, any other address is an error in the log
]
