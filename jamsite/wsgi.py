"""The WSGI application, which gunicorn serves: pages only. WebSockets need jamsite.asgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
application = get_wsgi_application()

from operations.live_metrics import metrics_recorder  # noqa: E402  (apps must be loaded first)

metrics_recorder.start()
