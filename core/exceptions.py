"""What the domain raises when it will not do what it is asked. `core.http.error_responses` maps each to a status."""


class ActionError(Exception):
    """A request that was understood and not carried out; its text is a sentence for the person who asked.

    `retry_after` is in seconds, where waiting helps.
    """

    def __init__(self, sentence: str, *, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Invalid(ActionError):
    """What was sent makes no sense."""


class Forbidden(ActionError):
    """This person may not do that."""


class NotFound(ActionError):
    """What it is about does not exist, or not any more."""


class Conflict(ActionError):
    """It does not go with how things stand now."""


class TooLarge(ActionError):
    """What was sent is larger than the limit."""


class TooManyRequests(ActionError):
    """This person, address or account has done it too often."""


class Unavailable(ActionError):
    """Something that is needed for it does not answer at the moment."""
