"""The ASGI application, which daphne serves: pages and WebSockets."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402  (apps must be loaded first)

from core.http.asgi_handler import SingleTripASGIHandler  # noqa: E402
from core.http.warm_up import load_pages  # noqa: E402
from core.http.websocket_origin import SameOriginMiddleware  # noqa: E402
from jams.live.routing import websocket_urlpatterns  # noqa: E402
from jams.live.socket_limits import SocketLimitMiddleware  # noqa: E402
from operations.live_metrics import metrics_recorder  # noqa: E402
from operations.server.shutdown import RequestTracker  # noqa: E402

pages = RequestTracker(SingleTripASGIHandler())
sockets = SameOriginMiddleware(SocketLimitMiddleware(URLRouter(websocket_urlpatterns)))
application = ProtocolTypeRouter({"http": pages, "websocket": sockets})
load_pages()
metrics_recorder.start()
