"""Every setting of Jamsite, read from the environment; docs/configuration.md explains each one.

A clean checkout runs without any of them: SQLite, local-memory cache and channel layer, one process.
"""

import secrets
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac
from environs import FileAwareEnv, validate

from core.environment import (
    validate_bind,
    validate_hosts,
    validate_networks,
    validate_rate,
    validate_redis_url,
    validate_secret,
    validate_site_address,
    validate_small_words,
    validate_zone,
)
from core.logging import build_logging_config
from core.network import OwnHostnames
from core.stable_names import COOKIE_LABEL_SALT, KEY_PREFIX, LANGUAGE_COOKIE, RATE_LIMIT_PREFIX

BASE_DIR = Path(__file__).resolve().parent.parent
env = FileAwareEnv(strip_whitespace=True)


def _read_or_create_secret(path: Path) -> str:
    """Return the secret in `path`, which is created on the first start, so that a clean checkout needs no setting."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def _keep_private(path: Path) -> None:
    """Let no other user of the machine read the database: it holds passwords' hashes, sessions and TOTP secrets.

    SQLite gives its journal the same permissions. A file that belongs to somebody else is left as it is.
    """
    with suppress(OSError):
        path.touch(mode=0o600)
        path.chmod(0o600)


# -- This installation -------------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
DATA_DIR = env.path("DATA_DIR", BASE_DIR / "var")
try:
    DATA_DIR.mkdir(mode=0o750, parents=True, exist_ok=True)  # a proxy in its group may read the static files
except OSError as error:
    raise ImproperlyConfigured(f"DATA_DIR ({DATA_DIR}) cannot be created: {error.strerror}.") from None
HTTPS = env.bool("HTTPS", False)
SECRET_KEY = env.str("SECRET_KEY", None, validate=validate_secret(HTTPS))
SECRET_KEY = SECRET_KEY or _read_or_create_secret(DATA_DIR / "secret_key")
BASE_URL = env.str("BASE_URL", "", validate=validate_site_address).rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", None, validate=validate_hosts) or OwnHostnames()
BIND = env.str("BIND", "0.0.0.0", validate=validate_bind)  # noqa: S104  (phones in the room are meant to reach it)
PORT = env.int("PORT", 8000, validate=validate.Range(min=1, max=65_535))
DRAIN_SECONDS = env.float("DRAIN_SECONDS", 0, validate=validate.Range(min=0, max=300))
TIME_ZONE = env.str("TIME_ZONE", "UTC", validate=validate_zone)
LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
LOG_FORMAT = env.str("LOG_FORMAT", "text", validate=validate.OneOf(["text", "json"]))

# -- HTTPS ------------------------------------------------------------------------------------------------
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0))
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
# Browsers accept cookies with this prefix only from this host, and only over HTTPS.
# Browsers send cookies to every port of a host name: two sites there need different names. A site without a label gets
# one from its secret key, with which all cookies change anyway.
COOKIE_LABEL = env.str("COOKIE_LABEL", None, validate=validate.Regexp(r"[A-Za-z0-9]{0,20}\Z"))
if COOKIE_LABEL is None:
    COOKIE_LABEL = salted_hmac(COOKIE_LABEL_SALT, "", SECRET_KEY, algorithm="sha256").hexdigest()[:8]
COOKIE_PREFIX = ("__Host-" if HTTPS else "") + (f"{COOKIE_LABEL}-" if COOKIE_LABEL else "")
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "core.http.error_responses.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL else []
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
    "report-uri": ["/csp-report/"],
    "report-to": ["csp"],
}

# -- Applications -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "channels",
    "django_htmx",
    "django_tasks_db",
    "jobs",
    "accounts",
    "venues",
    "songs",
    "jams",
    "votes",
    "search",
    "exports",
    "demo",
    "operations",
    "jamsite",
]
MIDDLEWARE = [
    "core.http.security_headers.SecurityHeadersMiddleware",
    "operations.health.HealthMiddleware",
    "core.thread_slots.ThreadSlotMiddleware",
    "core.api.problem_details.ProblemMiddleware",
    "core.api.versioning.ApiVersionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # its files are no pages and need no policy: 300 bytes less
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.http.request_log.RequestLogMiddleware",
    "core.http.body_limit.BodyLimitMiddleware",
    "core.http.null_characters.NullCharacterMiddleware",
    "core.http.error_responses.ErrorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "jamsite.urls"
ASGI_APPLICATION = "jamsite.asgi.application"
WSGI_APPLICATION = "jamsite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.version.add_version",
            ],
        },
    },
]

# -- Database ---------------------------------------------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'jamsite.sqlite3'}")}
DB_POOL_MIN = env.int("DB_POOL_MIN", 2, validate=validate.Range(min=0))
WEB_PROCESSES = env.int("WEB_PROCESSES", 1, validate=validate.Range(min=1))
WEB_THREADS = env.int("WEB_THREADS", 8, validate=validate.Range(min=1))
DB_POOL_MAX = env.int("DB_POOL_MAX", 8, validate=validate.Range(min=1))
DB_STATEMENT_SECONDS = env.float("DB_STATEMENT_SECONDS", 5, validate=validate.Range(min=0, max=3600))
_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 0
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # With WAL, readers never wait for the writer. IMMEDIATE: a transaction that writes takes its lock at the start and
    # waits for it there, instead of failing halfway. `synchronous` stays FULL, so that a confirmed vote survives a
    # power cut.
    if ":memory:" not in str(_database["NAME"]):
        _keep_private(Path(_database["NAME"]))
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728;",
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    from core.postgres import TimeoutConnection, check_connection

    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "pool": {
            "min_size": min(DB_POOL_MIN, DB_POOL_MAX),
            "max_size": DB_POOL_MAX,
            "timeout": 5,
            "reconnect_timeout": 2,  # then the next request tries; psycopg's own back-off would grow to minutes
            "max_idle": 300,
            "max_lifetime": 1800,
            "connection_class": TimeoutConnection,
            "check": check_connection,
        },
        "connect_timeout": 3,
        "options": f"-c statement_timeout={round(DB_STATEMENT_SECONDS * 1000)} -c lock_timeout=2000"
        f" -c idle_in_transaction_session_timeout={round(DB_STATEMENT_SECONDS * 2000)}"
        " -c pg_trgm.word_similarity_threshold=0.2",  # for search with typos
    }
    _database["DISABLE_SERVER_SIDE_CURSORS"] = True  # PgBouncer gives each transaction another connection
    TimeoutConnection.response_timeout = DB_STATEMENT_SECONDS + 1 if DB_STATEMENT_SECONDS else None
else:
    raise ImproperlyConfigured("DATABASE_URL must be an SQLite or PostgreSQL URL.")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Cache and live updates -------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", "", validate=validate_redis_url)
_redis_timeouts = {"socket_timeout": 0.25, "socket_connect_timeout": 0.25}
CACHES: dict[str, dict[str, Any]]
CHANNEL_LAYERS: dict[str, dict[str, Any]]
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": KEY_PREFIX,
            # A cache that is down is a cache miss, never an error page.
            "OPTIONS": {"IGNORE_EXCEPTIONS": True, "CONNECTION_POOL_KWARGS": _redis_timeouts},
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": REDIS_URL, **_redis_timeouts}], "prefix": KEY_PREFIX},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "jamsite",
            "OPTIONS": {"MAX_ENTRIES": 50_000},  # beyond that, random entries are dropped
        }
    }
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
LIST_CACHE_SECONDS = env.int("LIST_CACHE_SECONDS", 60, validate=validate.Range(min=1))
PAGE_CACHE_SECONDS = env.int("PAGE_CACHE_SECONDS", 120, validate=validate.Range(min=1))
BOARD_CACHE_SECONDS = env.int("BOARD_CACHE_SECONDS", 120, validate=validate.Range(min=1))
LIVE_TICK_SECONDS = env.float("LIVE_TICK_SECONDS", 0.2, validate=validate.Range(min=0.01, max=10))
LIVE_RECHECK_SECONDS = env.float("LIVE_RECHECK_SECONDS", 5, validate=validate.Range(min=0.1, max=60))

# -- Limits -----------------------------------------------------------------------------------------------
# Counters need a Redis that never drops entries for lack of room; without any, `core.counters` keeps them in memory.
RATE_LIMIT_REDIS_URL = env.str("RATE_LIMIT_REDIS_URL", REDIS_URL, validate=validate_redis_url)
RATE_LIMIT_STORE: dict[str, Any] = {}
if RATE_LIMIT_REDIS_URL:
    RATE_LIMIT_STORE = {"uri": RATE_LIMIT_REDIS_URL, "key_prefix": RATE_LIMIT_PREFIX, **_redis_timeouts}
VOTE_RATE = env.str("VOTE_RATE", "120/m", validate=validate_rate)
ACT_RATE = env.str("ACT_RATE", "60/m", validate=validate_rate)
SEARCH_RATE = env.str("SEARCH_RATE", "120/m", validate=validate_rate)
SEARCH_ADDRESS_RATE = env.str("SEARCH_ADDRESS_RATE", "1200/m", validate=validate_rate)
TOKEN_RATE = env.str("TOKEN_RATE", "300/m", validate=validate_rate)
CODE_RATE = env.str("CODE_RATE", "300/m", validate=validate_rate)
ADDRESS_RATE = env.str("ADDRESS_RATE", "3000/m", validate=validate_rate)
NEWCOMER_RATE = env.str("NEWCOMER_RATE", "400/10m", validate=validate_rate)
ROOM_CODE_RATE = env.str("ROOM_CODE_RATE", "10/m", validate=validate_rate)
ROOM_CODE_ADDRESS_RATE = env.str("ROOM_CODE_ADDRESS_RATE", "400/m", validate=validate_rate)
ROOM_CODE_JAM_RATE = env.str("ROOM_CODE_JAM_RATE", "600/m", validate=validate_rate)
SOCKETS_PER_ADDRESS = env.int("SOCKETS_PER_ADDRESS", 600, validate=validate.Range(min=1))
SOCKETS_PER_BROWSER = env.int("SOCKETS_PER_BROWSER", 16, validate=validate.Range(min=1))
CROWD_ALARM = env.int("CROWD_ALARM", 60, validate=validate.Range(min=2))
LOGIN_RATE = env.str("LOGIN_RATE", "5/15m", validate=validate_rate)
LOGIN_ACCOUNT_RATE = env.str("LOGIN_ACCOUNT_RATE", "10/15m", validate=validate_rate)
LOGIN_ADDRESS_RATE = env.str("LOGIN_ADDRESS_RATE", "30/15m", validate=validate_rate)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
BODY_MAX_BYTES = env.int("BODY_MAX_BYTES", 262_144, validate=validate.Range(min=1024))
PICTURE_MAX_BYTES = env.int("PICTURE_MAX_BYTES", 8_000_000, validate=validate.Range(min=1))
PICTURE_MAX_PIXELS = env.int("PICTURE_MAX_PIXELS", 40_000_000, validate=validate.Range(min=1))

# Addresses and ports that `core.safe_http` may connect to although they are not public. Only for tests.
FETCH_ALSO: list[tuple[str, int]] = []

# -- Background jobs --------------------------------------------------------------------------------------
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
WORKER_POLL_SECONDS = env.float("WORKER_POLL_SECONDS", 1, validate=validate.Range(min=0.05, max=60))
WORKER_BEAT_SECONDS = env.float("WORKER_BEAT_SECONDS", 10, validate=validate.Range(min=0.2, max=60))
WORKER_BEAT_PATH = env.str("WORKER_BEAT_PATH", "", validate=validate.Regexp(r"$|/.+"))
WORKER_JOB_SECONDS = env.float("WORKER_JOB_SECONDS", 600, validate=validate.Range(min=1))

# -- Files ------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns if it is missing
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_BUCKET = env.str("MEDIA_BUCKET", "", validate=validate.Regexp(r"$|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"))
_origin = r"https?://[A-Za-z0-9.:\[\]-]+"  # it becomes part of a header
MEDIA_ENDPOINT = env.str("MEDIA_ENDPOINT", "", validate=validate.Regexp(rf"$|{_origin}/?$"))
MEDIA_REGION = env.str("MEDIA_REGION", "us-east-1", validate=validate.Regexp(r"[a-z0-9-]+$"))
MEDIA_ACCESS_KEY = env.str("MEDIA_ACCESS_KEY", "")
MEDIA_SECRET_KEY = env.str("MEDIA_SECRET_KEY", "")
MEDIA_PUBLIC_URL = env.str("MEDIA_PUBLIC_URL", "", validate=validate.Regexp(rf"$|{_origin}(/[A-Za-z0-9_./~-]*)?$"))
MEDIA_URL = f"{MEDIA_PUBLIC_URL.rstrip('/')}/" if MEDIA_PUBLIC_URL else "/media/"
if MEDIA_PUBLIC_URL:
    SECURE_CSP["img-src"].append("{0.scheme}://{0.netloc}".format(urlsplit(MEDIA_PUBLIC_URL)))
if bool(MEDIA_ACCESS_KEY) != bool(MEDIA_SECRET_KEY):
    raise ImproperlyConfigured("Set both MEDIA_ACCESS_KEY and MEDIA_SECRET_KEY, or neither.")
if MEDIA_BUCKET and not find_spec("storages"):
    raise ImproperlyConfigured("MEDIA_BUCKET needs the packages in deploy/s3.lock. Install them first.")
# Without keys, django-storages and boto3 use those of the machine.
_keys = {"access_key": MEDIA_ACCESS_KEY, "secret_key": MEDIA_SECRET_KEY, "security_token": None}
_place = {"bucket_name": MEDIA_BUCKET, "endpoint_url": MEDIA_ENDPOINT or None, "region_name": MEDIA_REGION}
_bucket = {
    "BACKEND": "core.s3_storage.S3PictureStorage",
    "OPTIONS": {**_place, **_keys} if MEDIA_ACCESS_KEY else _place,
}
STORAGES = {
    "default": _bucket if MEDIA_BUCKET else {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "core.static_storage.HashedStaticFilesStorage"
    },
}

# -- Mail, with links for new passwords and accounts -----------------------------------------------------
MAIL_HOST = env.str("MAIL_HOST", "", validate=validate.Regexp(r"[A-Za-z0-9.:-]*\Z"))
MAIL_PORT = env.int("MAIL_PORT", 587, validate=validate.Range(min=1, max=65_535))
MAIL_USER = env.str("MAIL_USER", "")
MAIL_PASSWORD = env.str("MAIL_PASSWORD", "")
MAIL_SECURITY = env.str("MAIL_SECURITY", "starttls", validate=validate.OneOf(["starttls", "tls", "none"]))
MAIL_FROM = env.str("MAIL_FROM", "", validate=validate.Regexp(r"\Z|[^\r\n]*[^\s@]@[^\s@]+\Z"))
MAIL_RATE = env.str("MAIL_RATE", "5/h", validate=validate_rate)
if MAIL_HOST and not (MAIL_FROM and BASE_URL):
    raise ImproperlyConfigured("MAIL_HOST needs MAIL_FROM, the sender of mails, and BASE_URL, for the links in them.")
if bool(MAIL_USER) != bool(MAIL_PASSWORD):
    raise ImproperlyConfigured("Set both MAIL_USER and MAIL_PASSWORD, or neither.")
REGISTRATION = env.bool("REGISTRATION", False)
if REGISTRATION and not MAIL_HOST:
    raise ImproperlyConfigured("REGISTRATION needs MAIL_HOST: a mail confirms the address of each new account.")
DEFAULT_FROM_EMAIL = MAIL_FROM
MAILERS = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": MAIL_HOST,  # without one nothing sends mail: links come from an administrator
            "port": MAIL_PORT,
            "username": MAIL_USER,
            "password": MAIL_PASSWORD,
            "use_tls": MAIL_SECURITY == "starttls",
            "use_ssl": MAIL_SECURITY == "tls",
            "timeout": 20,  # seconds, for which only a worker waits
        },
    },
}

# -- People and language ----------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
AUTH_PASSWORD_VALIDATORS.append({"NAME": "core.site_words.SiteWordsValidator", "OPTIONS": {}})
# The first one logs people in; the second gives those in the team of a venue what their role allows.
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "venues.identity.TeamBackend"]
LOGIN_URL = "admin:login"
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60  # seconds for which a link for a new password works
OTP_TOTP_ISSUER = "Jamsite"  # the name in authenticator apps
KEEP_CARDS_NIGHTS = env.int("KEEP_CARDS_NIGHTS", 6, validate=validate.Range(min=1))
KEEP_NAMES_DAYS = env.int("KEEP_NAMES_DAYS", 30, validate=validate.Range(min=1))
SORT_ARTICLES = frozenset(env.list("SORT_ARTICLES", ["the", "a", "an"], validate=validate_small_words))
LOGIN_REDIRECT_URL = "host:home"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # a cookie decides, else the browser's preference
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}{LANGUAGE_COOKIE}"
LANGUAGE_COOKIE_AGE = 400 * 24 * 60 * 60  # the maximum in current browsers
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
FORMAT_MODULE_PATH = ["jamsite.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True

# -- Logs -------------------------------------------------------------------------------------------------
LOGGING = build_logging_config(
    level=LOG_LEVEL, as_json=LOG_FORMAT == "json", error_handler="operations.error_log_handler.ErrorLogHandler"
)
JAM_SLUG_APPS = ("jams", "host", "votes")  # in whose URLs `slug` is that of a jam: lines of the log have it as "jam"
SENTRY_DSN = env.str("SENTRY_DSN", "", validate=validate.Regexp(r"$|https?://[^@]+@.+"))
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_ADDRESSES: list[str] = env.list("METRICS_ADDRESSES", [], validate=validate_networks)
if SENTRY_DSN:
    from operations import sentry

    sentry.start_sentry(SENTRY_DSN)

SETTING_NAMES = frozenset(env.dump())  # of all that may be set, for the check for misspelt names

# -- Developers -------------------------------------------------------------------------------------------
if DEBUG:
    from debug_toolbar.settings import PANELS_DEFAULTS

    INSTALLED_APPS.append("debug_toolbar")
    MIDDLEWARE.insert(0, "debug_toolbar.middleware.DebugToolbarMiddleware")
    INTERNAL_IPS = ["127.0.0.1", "::1"]
    DEBUG_TOOLBAR_PANELS = [*PANELS_DEFAULTS, "core.caching.debug_panel.GenerationsPanel"]
    DEBUG_TOOLBAR_CONFIG = {"ROOT_TAG_EXTRA_ATTRS": "hx-preserve"}
