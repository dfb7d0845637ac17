"""Error tracking with Sentry or GlitchTip, without personal data."""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.logging import ignore_logger
from sentry_sdk.types import Event, Hint

from core.logging import current_request_id

PERSONAL_REQUEST_FIELDS = ("cookies", "headers", "env", "data", "query_string")


def start_sentry(dsn: str) -> None:
    """Report every error of this process to `dsn`, in the background: an unreachable service delays no response."""
    ignore_logger("core.http.request_log")  # its line about a failed request would be a second event
    sentry_sdk.init(
        dsn=dsn,
        integrations=[DjangoIntegration(transaction_style="url", middleware_spans=False, signals_spans=False)],
        before_send=scrub_event,
        before_breadcrumb=lambda crumb, hint: None,
        include_local_variables=False,
        max_request_body_size="never",
        auto_session_tracking=False,
        traces_sample_rate=0,
    )


def scrub_event(event: Event, hint: Hint) -> Event:
    """Return the event without personal data: it says what happened and where, but not to whom.

    Only the first line of an exception's message is kept. In the lines below it PostgreSQL quotes the values of a row,
    which may be people's names.
    """
    fields: dict[str, Any] = event  # type: ignore[assignment]  # a TypedDict has no `pop` by a variable name
    for name in ("user", "server_name", "breadcrumbs", "extra"):
        fields.pop(name, None)
    for name in PERSONAL_REQUEST_FIELDS:
        fields.get("request", {}).pop(name, None)
    for error in fields.get("exception", {}).get("values", []):
        error["value"] = str(error.get("value", "")).partition("\n")[0]
    fields.setdefault("tags", {})["request_id"] = current_request_id.get() or "-"
    return event
