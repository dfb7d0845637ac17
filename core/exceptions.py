"""What a service raises when it will not do what it is asked."""


class Refused(Exception):  # noqa: N818  (it is an answer, not an error)
    """A request that is understood and not carried out; its text is a sentence for the person who asked.

    `status` is the HTTP status of the answer: 400 not understood, 403 not yours, 404 not there, 409 not now,
    429 too often. `retry_after` is in seconds, where waiting helps.
    """

    def __init__(self, sentence: str, *, status: int = 409, retry_after: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.retry_after = retry_after
