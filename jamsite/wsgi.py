"""The WSGI application, which gunicorn serves: pages only. WebSockets need jamsite.asgi."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jamsite.settings")
django.setup(set_prefix=False)

from core.http.warm_up import load_pages  # noqa: E402  (apps must be loaded first)
from core.http.wsgi_handler import KeepingWSGIHandler  # noqa: E402
from operations.live_metrics import metrics_recorder  # noqa: E402

application = KeepingWSGIHandler()
load_pages()
metrics_recorder.start()
