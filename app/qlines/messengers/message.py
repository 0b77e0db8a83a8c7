"""A message to a person, before it gets the form of a channel; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

CONFIRMATION = "confirmation"  # the type of the one message to an address that is not confirmed


class Message(NamedTuple):
    """What a channel is given to send.

    *id* is the same in every attempt, so that receivers can tell repetitions; *reply_to* is the id
    of the first message about the same alarm, "" when this is it. *type* is a word such as
    ``alarm.raised``, *data* what a program is given beside the text. *severity* is "" when it is
    not about an alarm, *topic* the id of the alarm when it is about one only. *path* is the page of
    QLines that it is about, *at* when what it says happened. *channel* is the id of its
    channel, "" for the address of an account.
    """

    id: str
    type: str
    title: str
    text: str
    at: datetime
    severity: str = ""
    topic: str = ""
    reply_to: str = ""
    path: str = "/alarms"
    data: Mapping[str, Any] = {}  # read only
    channel: str = ""


def shortened(text: str, max_characters: int) -> str:
    """Return the text, with an ellipsis in place of what is beyond the limit."""
    return text if len(text) <= max_characters else text[: max_characters - 1].rstrip() + "…"


def one_line(text: str) -> str:
    """Return *text* with every run of white space, line breaks too, replaced by one space."""
    return " ".join(text.split())


def shortened_to_bytes(text: str, max_bytes: int) -> str:
    """Return the text, with an ellipsis in place of what is beyond so many bytes of UTF-8."""
    raw = text.encode()
    if len(raw) <= max_bytes:
        return text
    return raw[: max_bytes - 3].decode(errors="ignore").rstrip() + "…"
