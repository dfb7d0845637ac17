"""The API of votes: each module adds its operations to one router, for an address has all its methods in one."""

from votes.api import suggestions
from votes.api.votes import router

__all__ = ["router", "suggestions"]
