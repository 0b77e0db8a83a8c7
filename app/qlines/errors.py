"""Every error that QLines raises on purpose; a leaf, so that anything may import it."""

from collections.abc import Sequence

REFUSES = "refuses this program"  # what the sentence of every StoreRefusedError contains


class QLinesError(Exception):
    """The base class; its text is one sentence for the user who sees it."""


class DataVersionError(QLinesError):
    """The data was written by a newer program than this one."""


class InvalidReading(QLinesError):  # noqa: N818 - a signal: this message is rejected, its owner sees why
    """A device's message is invalid and rejected; the text is shown to the device's owner."""


class SpoolFullError(QLinesError):
    """The spool is full; the message was not appended and must not be acknowledged."""


class StoreUnavailableError(QLinesError):
    """A store is unavailable; the same call may succeed later."""

    def __init__(self, store: str, cause: BaseException) -> None:
        super().__init__(f"{store} does not answer: {cause}")
        self.store = store


class StoreRefusedError(StoreUnavailableError):
    """A store refuses this program: wrong password, unknown certificate, a right that is missing.

    It is tried again too, because the remedy may be there and not here. *reason* follows the
    store's name and says what to do.
    """

    def __init__(self, store: str, reason: str) -> None:
        super().__init__(store, LookupError(reason))
        self.args = (f"{store} {REFUSES}: {reason}",)


class QueryLimitError(StoreUnavailableError):
    """A query took too long or read too much; *status* is the HTTP status of the answer."""

    def __init__(self, reason: str, status: int, cause: BaseException) -> None:
        super().__init__("clickhouse", cause)
        self.args = (reason,)
        self.status = status


class BusyError(QLinesError):
    """There is too much of this at the moment; the same call succeeds later.

    *status* is the HTTP status of the answer, *retry_seconds* when to try again.
    """

    def __init__(self, reason: str, *, status: int, retry_seconds: int) -> None:
        super().__init__(reason)
        self.status = status
        self.retry_seconds = retry_seconds


class BackPressureError(QLinesError):
    """*waiting_for*, a program or store, is too far behind; the same call may succeed later."""

    def __init__(self, waiting_for: str, reason: str) -> None:
        super().__init__(reason)
        self.waiting_for = waiting_for


class WebhookError(QLinesError):
    """A webhook cannot be reached, or does not answer as it must; the text says why."""


class NotFoundError(QLinesError):
    """The object does not exist, or belongs to another user."""


class ConflictError(QLinesError):
    """The request conflicts with existing data, such as a name that is in use."""


class ChangedError(ConflictError):
    """Something was changed by somebody else since the one who changes it has seen it."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} was changed in the meantime, in another window or by somebody else: load it"
            " again, and change what is there now"
        )


class TrueNowError(ConflictError):
    """A rule is true at this moment, and nobody has said whether it shall raise alarms at once.

    *devices* are those for which it is, each with its id and name.
    """

    def __init__(self, devices: Sequence[tuple[str, str]]) -> None:
        count = f"{len(devices):,} device{'s' * (len(devices) != 1)}"
        super().__init__(
            f"the rule is true for {count} now: say with when_true_now whether it shall raise an "
            "alarm at once ('alarm'), or only once it was false in between ('next')"
        )
        self.devices = devices


class FieldError(QLinesError):
    """A field of a form or request is invalid; the text names rule, value and remedy."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason
