"""Every error that QLines raises on purpose; a leaf, so that anything may import it."""


class QLinesError(Exception):
    """The root of what QLines raises; its text is one sentence fit for the person who reads it."""


class DataVersionError(QLinesError):
    """The data was written by a newer program than this one."""


class InvalidReading(QLinesError):  # noqa: N818 - a signal: this message is dropped and its owner told why
    """A device's message cannot become a reading; the text is shown to the device's owner."""


class SlowDown(QLinesError):  # noqa: N818 - a signal: the caller keeps its message and comes back
    """Nothing more can be taken at the moment; nothing was lost."""


class SpoolFullError(QLinesError):
    """The spool may not grow further; the message was not kept and must not be acknowledged."""


class StoreUnavailableError(QLinesError):
    """A store does not answer now; the same call may succeed later."""

    def __init__(self, store: str, cause: BaseException) -> None:
        super().__init__(f"{store} does not answer: {cause}")
        self.store = store


class NotFoundError(QLinesError):
    """What was asked for does not exist, or not for the one who asks."""


class ConflictError(QLinesError):
    """What was asked for collides with what is there, such as a name that is taken."""


class FieldError(QLinesError):
    """A field that somebody filled in breaks its rule; the text names rule, value and remedy."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason
