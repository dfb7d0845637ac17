"""Reports of errors to Sentry, or to GlitchTip, without a word about people."""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.django import DjangoIntegration

from core.logging import current_request_id

PERSONAL_REQUEST_FIELDS = ("cookies", "headers", "env", "data", "query_string")


def start_sentry(dsn: str) -> None:
    """Report every error of this process to `dsn`. A service that cannot be reached costs nobody a page."""
    sentry_sdk.init(
        dsn=dsn,
        integrations=[DjangoIntegration(transaction_style="url", middleware_spans=False, signals_spans=False)],
        before_send=scrub_event,
        before_breadcrumb=lambda crumb, hint: None,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        auto_session_tracking=False,
        traces_sample_rate=0,
    )


def scrub_event(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Leave what happened and where; take who it was. Of an exception's text the first line is kept.

    PostgreSQL tells the values of a row, names of people among them, in the lines below.
    """
    for name in ("user", "server_name", "breadcrumbs", "extra"):
        event.pop(name, None)
    for name in PERSONAL_REQUEST_FIELDS:
        event.get("request", {}).pop(name, None)
    for error in event.get("exception", {}).get("values", []):
        error["value"] = str(error.get("value", "")).partition("\n")[0]
    event.setdefault("tags", {})["request_id"] = current_request_id.get() or "-"
    return event
