"""The API of jams. All modules add to one router, because the methods of a URL must share a router."""

from jams.api import attendee, bands, console, night_report, waiting
from jams.api.public import router

__all__ = ["attendee", "bands", "console", "night_report", "router", "waiting"]
