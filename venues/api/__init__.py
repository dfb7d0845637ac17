"""The API of venues: each module adds its operations to one router, for an address has all its methods in one."""

from venues.api import library
from venues.api.public import router

__all__ = ["library", "router"]
