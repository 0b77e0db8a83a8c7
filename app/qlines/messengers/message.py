"""A message to a person, before it gets the form of a channel; pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple


class Message(NamedTuple):
    """What a channel is given to send.

    *id* is the same in every attempt, so that receivers can tell repetitions. *thread* is the same
    for all messages about one alarm, "" for none, and *starts_thread* is true for its first one.
    *type* is a word such as ``alarm.raised``, *data* what a program is given beside the text.
    *severity* is "" when it is not about an alarm; *path* is the page of QLines that it is about,
    *at* when it was made.
    """

    id: str
    type: str
    title: str
    text: str
    at: datetime
    severity: str = ""
    thread: str = ""
    starts_thread: bool = False
    path: str = "/alarms"
    data: Mapping[str, Any] = {}  # noqa: RUF012 - read only


def shortened(text: str, max_characters: int) -> str:
    """Return the text, with an ellipsis in place of what is beyond the limit."""
    return text if len(text) <= max_characters else text[: max_characters - 1].rstrip() + "…"


def one_line(text: str) -> str:
    """Return *text* with every run of white space, line breaks too, replaced by one space."""
    return " ".join(text.split())
