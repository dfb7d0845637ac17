"""The API of jams: each module adds its operations to one router, for an address has all its methods in one."""

from jams.api import attendee, console, night_report
from jams.api.public import router

__all__ = ["attendee", "console", "night_report", "router"]
