"""Leave a server alone that has just failed: one that hangs then costs one timeout, and not one for each request."""

import logging
import time

from core import metrics

COOLDOWN_SECONDS = 5.0  # how long a server that failed is left alone
LOG_INTERVAL_SECONDS = 60.0  # an outage is logged this often at most

logger = logging.getLogger(__name__)


class CircuitBreaker:
    """Remembers in this process that `server` is away; `warning` is logged when it is."""

    def __init__(self, server: str, warning: str) -> None:
        self.server = server
        self.warning = warning
        self.down_until = 0.0
        self.logged_at = -LOG_INTERVAL_SECONDS

    def is_down(self) -> bool:
        """Return whether the server failed a moment ago."""
        return time.monotonic() < self.down_until

    def record_failure(self) -> None:
        """Leave the server alone for COOLDOWN_SECONDS."""
        metrics.outages.labels(self.server).inc()
        now = time.monotonic()
        self.down_until = now + COOLDOWN_SECONDS
        if now - self.logged_at >= LOG_INTERVAL_SECONDS:
            self.logged_at = now
            logger.warning(self.warning)
