"""All metrics, for Prometheus and the dashboard.

With PROMETHEUS_MULTIPROC_DIR in the environment, which gunicorn needs, the processes of a server count together.
"""

import threading

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client has no types here

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
SLOW_QUERY_SECONDS = 0.01  # statements that take longer are kept
MAX_SLOW_STATEMENTS = 300
DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

requests = Counter("jamsite_requests_total", "Requests answered.", ["view", "method", "status"])
requests_in_progress = Gauge("jamsite_requests_in_progress", "Requests being answered.", multiprocess_mode="livesum")
request_seconds = Histogram("jamsite_request_seconds", "Response time.", ["view"], buckets=DURATION_BUCKETS)
request_queries = Histogram(
    "jamsite_request_queries", "Database queries per response.", ["view"], buckets=(0, 1, 2, 3, 5, 8, 13, 21, 50)
)
cache_reads = Counter("jamsite_cache_reads_total", "Cache lookups.", ["group", "result"])
outages = Counter("jamsite_outages_total", "Times that a server was away, and was left alone for 5 s.", ["server"])
votes = Counter("jamsite_votes_total", "Votes cast and withdrawn.")
rate_limited = Counter("jamsite_rate_limited_total", "Requests rejected by rate limits.", ["group"])
searches = Counter("jamsite_searches_total", "Searches, by whether they had results.", ["result"])
sockets = Gauge("jamsite_sockets", "Open WebSockets.", multiprocess_mode="livesum")
socket_messages = Counter("jamsite_socket_messages_total", "Messages sent over WebSockets.")
live_seconds = Histogram(
    "jamsite_live_seconds",
    "Time from a commit until it was sent to every WebSocket of a process.",
    buckets=DURATION_BUCKETS,
)
pool_connections = Gauge(
    "jamsite_pool_connections", "Database connections, by state.", ["state"], multiprocess_mode="livesum"
)
pool_waiting = Gauge("jamsite_pool_waiting", "Requests waiting for a database connection.", multiprocess_mode="livesum")
#: For the dashboard: for each slow statement, how often it ran and its total time in seconds.
slow_statements: dict[str, tuple[int, float]] = {}
_lock = threading.Lock()


def record_response(*, view: str, method: str, status: int, seconds: float, queries: int) -> None:
    """Count one response to a request; `seconds` is the time that it took."""
    known = method if method in METHODS else "other"
    requests.labels(view, known, status).inc()
    request_seconds.labels(view).observe(seconds)
    request_queries.labels(view).observe(queries)


def record_live_update(*, since: float | None, now: float) -> None:
    """Observe the time from a change (`since`, in seconds since 1970) to its delivery to the WebSockets.

    `since` is None for a change that was found without a notification; it is not counted.
    """
    if since is not None:
        live_seconds.observe(max(0.0, now - since))


def record_query(sql: str, seconds: float) -> None:
    """Count a statement that took at least SLOW_QUERY_SECONDS, without its parameters, which may be personal data.

    Savepoints are left out: each has a name of its own, and they would fill the list.
    """
    if seconds < SLOW_QUERY_SECONDS or "SAVEPOINT" in sql[:24]:
        return
    with _lock:
        count, total = slow_statements.get(sql, (0, 0.0))
        if count or len(slow_statements) < MAX_SLOW_STATEMENTS:
            slow_statements[sql] = (count + 1, total + seconds)
