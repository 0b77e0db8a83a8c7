"""What became of one attempt to send a message: the same for every type of channel."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["ok", "retry", "gone", "refused", "outage"]


class Result(NamedTuple):
    """The outcome of one attempt, in a sentence for the channel's owner.

    ===========  ==================================================================================
    kind         what follows
    ===========  ==================================================================================
    ``ok``       the receiver has the message
    ``retry``    the same message is sent again, not before *retry_after_seconds* when that is not 0
    ``gone``     the receiver wants nothing any more: the channel is switched off
    ``refused``  this message will never be accepted: it is not sent again, the next one is
    ``outage``   the operator's own mail server takes no mail from anybody: all mails wait for it
    ===========  ==================================================================================

    A channel is switched off when its messages fail for days; only what *is_receivers* counts.
    *moved_to* are settings that the channel has from now on, as the receiver is somewhere else.
    """

    kind: Kind
    sentence: str
    retry_after_seconds: float = 0.0
    is_receivers: bool = True
    moved_to: Mapping[str, str] = {}  # read only

    @property
    def is_ok(self) -> bool:
        """Return whether the receiver has the message."""
        return self.kind == "ok"


def ok(sentence: str) -> Result:
    """Return that the receiver has the message."""
    return Result("ok", sentence)


def retry(sentence: str, after_seconds: float = 0.0) -> Result:
    """Return that the same message may be accepted later."""
    return Result("retry", sentence, after_seconds)


def gone(sentence: str) -> Result:
    """Return that the receiver does not exist any more."""
    return Result("gone", sentence)


def refused(sentence: str) -> Result:
    """Return that the receiver does not take this message, now or later."""
    return Result("refused", sentence)


def outage(sentence: str) -> Result:
    """Return that our own mail server is of no use now, to this message and all others."""
    return Result("outage", sentence, is_receivers=False)
