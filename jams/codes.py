"""Short codes that people read from a wall and type with a thumb."""

from django.utils.crypto import get_random_string

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is mistaken for another
LENGTH = 5


def new_code() -> str:
    """Return a random code; the database sees to it that no two jams have the same."""
    return get_random_string(LENGTH, LETTERS)


def new_codes(count: int) -> list[str]:
    """Return so many codes of which no two are the same: among 2,000 random ones two are in 7 % of all cases."""
    codes: set[str] = set()
    while len(codes) < count:
        codes.add(new_code())
    return sorted(codes)
