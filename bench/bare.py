"""The floor for pages: Django with no middleware, no database and one view."""

SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.urls"
ASGI_APPLICATION = "bench.asgi.application"
WSGI_APPLICATION = "bench.wsgi.application"
USE_TZ = True
DATABASES: dict = {}
