"""The API of songs: each module adds its operations to one router, for an address has all its methods in one."""

from songs.api import library
from songs.api.public import router

__all__ = ["library", "router"]
