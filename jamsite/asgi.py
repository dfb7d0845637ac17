"""What daphne serves: Django's pages, and the live sockets."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
django.setup(set_prefix=False)

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402  (apps must be loaded first)

from jams.routing import websocket_urlpatterns  # noqa: E402
from jamsite.farewell import Requests  # noqa: E402
from jamsite.handler import OneThreadHandler  # noqa: E402
from jamsite.origin import SameOriginOnly  # noqa: E402
from operations.pulse import pulse  # noqa: E402

pages = Requests(OneThreadHandler())
application = ProtocolTypeRouter({"http": pages, "websocket": SameOriginOnly(URLRouter(websocket_urlpatterns))})
pulse.start()
