"""Jamsite's own settings with the views of the benchmark, and without effective rate limits on votes and searches."""

from jamsite.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
VOTE_RATE = SEARCH_RATE = SEARCH_ADDRESS_RATE = (
    "1000000/m"  # counted as ever, never reached: one visitor of the bench taps like a hundred
)
SOCKETS_PER_ADDRESS = 1_000_000  # all phones of the bench have one address
