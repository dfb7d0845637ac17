"""The settings of the floor: Django with a single view, no middleware and no database."""

SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.urls"
ASGI_APPLICATION = "bench.asgi.application"
WSGI_APPLICATION = "bench.wsgi.application"
USE_TZ = True
DATABASES: dict[str, dict[str, str]] = {}
