"""Jamsite's own settings for a measurement: plus one view that does nothing, and without limits on taps."""

from jamsite.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
VOTE_RATE = SEARCH_RATE = SEARCH_ADDRESS_RATE = (
    "1000000/m"  # counted as ever, never reached: one visitor of the bench taps like a hundred
)
