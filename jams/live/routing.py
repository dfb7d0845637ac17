from django.urls import path

from jams.live.consumers import JamSocket

websocket_urlpatterns = [path("ws/jams/<slug:slug>/", JamSocket.as_asgi())]
