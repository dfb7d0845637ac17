"""The HTTP status of each `ActionError`: one table for pages and API."""

from core.exceptions import (
    ActionError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unavailable,
)

STATUSES: dict[type[ActionError], int] = {
    Invalid: 400,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooLarge: 413,
    TooManyRequests: 429,
    Unavailable: 503,
}


def get_status(error: ActionError) -> int:
    """Return the HTTP status for `error`, an instance of one of these classes or of a subclass."""
    return next(status for kind, status in STATUSES.items() if isinstance(error, kind))
