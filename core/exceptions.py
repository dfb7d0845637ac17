"""Errors that the domain raises when it refuses an action. `core.http.statuses` maps each to an HTTP status."""


class ActionError(Exception):
    """A request that was understood and refused; the text is a sentence for the person who made it.

    `retry_after` is in seconds, where waiting helps.
    """

    def __init__(self, sentence: str, *, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Invalid(ActionError):
    """The input makes no sense."""


class Forbidden(ActionError):
    """This person may not do that."""


class NotFound(ActionError):
    """The object does not exist, or no longer."""


class Conflict(ActionError):
    """The action does not fit the current state."""


class Gone(ActionError):
    """The object was there and is no longer valid."""


class TooLarge(ActionError):
    """The input is larger than the limit."""


class TooManyRequests(ActionError):
    """This person, address or account has done it too often (rate limit)."""


class Unavailable(ActionError):
    """A service that the action needs does not answer at the moment."""
