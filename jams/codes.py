"""Short codes that people read from a wall and type with a thumb."""

from django.utils.crypto import get_random_string

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is mistaken for another
LENGTH = 5


def new_code() -> str:
    """Return a random code; the database sees to it that no two jams have the same."""
    return get_random_string(LENGTH, LETTERS)
