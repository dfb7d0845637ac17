"""Values that no setting takes, as people write them: a slip, another program's way, what a template left behind."""

RATES = (
    "VOTE_RATE", "ACT_RATE", "SEARCH_RATE", "SEARCH_ADDRESS_RATE", "TOKEN_RATE", "CODE_RATE", "ADDRESS_RATE",
    "NEWCOMER_RATE", "ROOM_CODE_RATE", "ROOM_CODE_ADDRESS_RATE", "ROOM_CODE_JAM_RATE", "LOGIN_RATE",
    "LOGIN_ACCOUNT_RATE", "LOGIN_ADDRESS_RATE",
)  # fmt: skip
WRONG_RATES = ("many", "0/m", "10/0m", "10", "-1/m", "10/month")
FROM_ONE = (
    "WEB_PROCESSES", "WEB_THREADS", "DB_POOL_MAX", "LIST_CACHE_SECONDS", "PAGE_CACHE_SECONDS", "BOARD_CACHE_SECONDS",
    "SOCKETS_PER_ADDRESS", "SOCKETS_PER_BROWSER", "KEEP_NAMES_DAYS", "PICTURE_MAX_BYTES", "PICTURE_MAX_PIXELS",
)  # fmt: skip
WRONG_NUMBERS = ("0", "-1", "many", "1.5", "1_000 000")
WRONG: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(RATES, WRONG_RATES),
    **dict.fromkeys(FROM_ONE, WRONG_NUMBERS),
    "DEBUG": ("perhaps", "2", "ja"),
    "HTTPS": ("2", "https", "tls"),
    "PORT": ("0", "http", "65536", ":8000", "80 80"),
    "BIND": ("127.0.0.1:8000", "http://0.0.0.0", "0.0.0", "my machine"),
    "TRUSTED_PROXIES": ("-1", "nginx", "1.5", "10.0.0.1"),
    "DRAIN_SECONDS": ("-1", "301", "5s", "soon"),
    "DB_STATEMENT_SECONDS": ("-1", "3601", "5s", "nan"),
    "DB_POOL_MIN": ("-1", "two"),
    "LIVE_TICK_SECONDS": ("0", "11", "quick", "nan"),
    "LIVE_RECHECK_SECONDS": ("0", "61", "soon"),
    "WORKER_POLL_SECONDS": ("0", "61", "1s"),
    "WORKER_BEAT_SECONDS": ("0.1", "61", "often"),
    "WORKER_JOB_SECONDS": ("0", "ten minutes", "inf"),
    "CROWD_ALARM": ("1", "0", "loud"),
    "BODY_MAX_BYTES": ("10", "10M", "256 KB"),
    "TIME_ZONE": ("Mars/Olympus", "Berlin", "CET+1", "europe berlin"),
    "LOG_LEVEL": ("loud", "debug.", "5"),
    "LOG_FORMAT": ("xml", "JSON!"),
    "COOKIE_LABEL": ("a b", "x" * 21, "ä", "a;b"),
    "BASE_URL": ("jam.example.org", "https://", "ftp://jam.example.org", "https://jam.example.org/jams", "https://[::1"),
    "ALLOWED_HOSTS": ("https://jam.example.org", "jam.example.org:443", "jam.example.org/", "a b"),
    "DATABASE_URL": ("nonsense", "oracle://x", "postgresql://[::1/x", "mysql://a@b/c", "postgresql://a@b:port/c"),
    "REDIS_URL": ("127.0.0.1:6379", "redis://127.0.0.1:99999", "sentinel://127.0.0.1", "redis://[::1", "valkey"),
    "RATE_LIMIT_REDIS_URL": ("redis:///0", "http://127.0.0.1", "redis://:0"),
    "SENTRY_DSN": ("here", "https://sentry.example.org", "key@sentry.example.org"),
    "METRICS_ADDRESSES": ("10.0.0.0/8,here", "10.0.0.0/33", "localhost", "10.1.2.3/8"),
    "MEDIA_BUCKET": ("My Pictures", "s3://pictures", "a"),
    "MEDIA_ENDPOINT": ("s3.example.org", "https://s3.example.org/bucket", "ftp://s3.example.org"),
    "MEDIA_REGION": ("EU Central", "eu_central_1", ""),
    "MEDIA_ACCESS_KEY": ("alone",),
    "MEDIA_SECRET_KEY": ("alone",),
    "MEDIA_PUBLIC_URL": ("https://x.example.org; script-src *", "cdn.example.org", "https://cdn.example.org/?a=b"),
    "SECRET_KEY_FILE": ("/nowhere/at/all", "/"),
    "DATA_DIR": ("/proc/nowhere", "/dev/null"),
}  # fmt: skip
