"""The WSGI application, which gunicorn serves: pages only. WebSockets need jamsite.asgi."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
django.setup(set_prefix=False)

from core.http.wsgi_handler import KeepingWSGIHandler  # noqa: E402  (apps must be loaded first)
from operations.live_metrics import metrics_recorder  # noqa: E402

application = KeepingWSGIHandler()
metrics_recorder.start()
