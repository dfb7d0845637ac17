"""What daphne serves: Django's pages, and the live sockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
django = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402  (apps must be loaded first)

from jams.routing import websocket_urlpatterns  # noqa: E402
from jamsite.farewell import Requests  # noqa: E402
from jamsite.origin import SameOriginOnly  # noqa: E402
from operations.pulse import pulse  # noqa: E402

pages = Requests(django)
application = ProtocolTypeRouter({"http": pages, "websocket": SameOriginOnly(URLRouter(websocket_urlpatterns))})
pulse.start()
