"""Which HTTP status each `ActionError` is answered with: the one table that pages and the API read."""

from core.exceptions import (
    ActionError,
    Conflict,
    Forbidden,
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
    TooLarge: 413,
    TooManyRequests: 429,
    Unavailable: 503,
}


def get_status(error: ActionError) -> int:
    """Return the HTTP status for `error`, which is one of these kinds or made from one."""
    return next(status for kind, status in STATUSES.items() if isinstance(error, kind))
