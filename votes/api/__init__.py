"""The API of votes. All modules add to one router, because the methods of a URL must share a router."""

from votes.api import song_merges, suggestions
from votes.api.votes import router

__all__ = ["router", "song_merges", "suggestions"]
