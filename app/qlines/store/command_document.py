"""The document of a command: its rules, and the one place that builds it.

A command is a call of a method on a device. Its states::

    queued ▶ sent ▶ delivered ▶ answered      one without an answer ends when it is delivered
      ▲       │
      └───────┘ the connection ended without an acknowledgement: it is sent again

Each of them may also end as *expired* or *failed*. commands.py has what people do with commands,
command_delivery.py what the sender does.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict, cast

import orjson
from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents
from qlines.errors import FieldError
from qlines.store.device_rules import has_control_characters

State = Literal["queued", "sent", "delivered", "answered", "failed", "expired"]

MAX_METHOD_CHARACTERS = 255
MAX_CALL_BYTES = 60_000  # of method and params as the device gets them
DAY_SECONDS = 86_400
EXPIRES_IN_SECONDS, MAX_EXPIRES_IN_SECONDS = DAY_SECONDS, 30 * DAY_SECONDS
RETRIES, MAX_RETRIES = 5, 10
MAX_NUMBER = 2**31 - 1  # devices read the number of a topic as a signed integer of 32 bits
# Of a new one: by another machine's clock this moment may lie ahead.
AT_ONCE = datetime.fromtimestamp(0, UTC)
KEPT = timedelta(days=30)  # how long a command is stored after it has ended


class NewCommand(NamedTuple):
    """What a command is made from.

    *params* is anything that JSON can express. *retries* is how often it is sent again after an
    attempt that nobody acknowledged. *by* is an e-mail address. *key* is the caller's own name for
    the command, unique per device.
    """

    method: str
    params: Any
    two_way: bool
    expires_in: timedelta
    retries: int
    by: str
    key: str | None


class CommandDocument(TypedDict):
    """A command as MongoDB stores it.

    *params* is JSON, because MongoDB refuses some keys; *answer* is what the device sent, as it
    came. *open* is true, or absent once the command has ended. *next_at*: it is not sent before.
    *attempts* counts how often it was written to a connection, *retries_left* how often it may be
    after an attempt that counts. *broker* and *clients* say where it was sent last; *mark* tells
    who of several senders set it to sent.
    """

    _id: str
    device: ObjectId
    number: int
    method: str
    params: str
    two_way: bool
    in_order: bool
    state: State
    open: NotRequired[bool]
    created_at: datetime
    expires_at: datetime
    next_at: datetime
    by: str
    key: NotRequired[str]
    attempts: int
    retries: int
    retries_left: int
    broker: str
    clients: list[str]
    mark: NotRequired[str]
    sent_at: NotRequired[datetime]
    delivered_at: NotRequired[datetime]
    answered_at: NotRequired[datetime]
    ended_at: NotRequired[datetime]
    answer: NotRequired[str]
    error: NotRequired[str]


def id_of(device: str, number: int) -> str:
    """Return the id of a command, which a device's topic alone tells; pure."""
    return f"{device}-{number}"


def device_of(command: str) -> str:
    """Return the device id in the id of a command; pure."""
    return command.partition("-")[0]


def ids_of_device(device: str) -> dict[str, str]:
    """Return the query for the ids of a device's commands; pure."""
    return {"$gte": f"{device}-", "$lt": f"{device}."}  # the point is what follows the hyphen


def named(command: CommandDocument) -> str:
    """Return the command as audit lines name it; pure."""
    return f"the command {command['number']} {command['method']!r}"


def number_of(count: int) -> int:
    """Return the number of a device's *count*-th command: 1 to 2^31-1, then 1 again; pure."""
    return (count - 1) % MAX_NUMBER + 1


def command_document(
    device: ObjectId, number: int, new: NewCommand, now: datetime, *, in_order: bool
) -> CommandDocument:
    """Return the document of a new command; raise FieldError for a bad method, or too much."""
    method, params = checked_method(new.method), _json_of(new)
    document: CommandDocument = {
        "_id": id_of(str(device), number),
        "device": device,
        "number": number,
        "method": method,
        "params": params,
        "two_way": new.two_way,
        "in_order": in_order,
        "state": "queued",
        "open": True,
        "created_at": now,
        "expires_at": now + new.expires_in,
        "next_at": AT_ONCE,
        "by": new.by,
        "attempts": 0,
        "retries": new.retries,
        "retries_left": new.retries,
        "broker": "",
        "clients": [],
    }
    if new.key is not None:
        document["key"] = new.key
    return document


def checked_method(method: str) -> str:
    """Return the method unchanged; raise FieldError when it is empty, too long or unprintable."""
    if not 1 <= len(method) <= MAX_METHOD_CHARACTERS or has_control_characters(method):
        raise FieldError(
            "method",
            f"must have 1 to {MAX_METHOD_CHARACTERS} characters and no control characters, "
            f"got {method[:300]!r}",
        )
    return method


def _json_of(new: NewCommand) -> str:
    try:
        size = len(orjson.dumps({"method": new.method, "params": new.params}))
    except orjson.JSONEncodeError as error:
        raise FieldError(
            "params", f"must be JSON of at most 250 levels, with integers of 64 bits: {error}"
        ) from None
    if size > MAX_CALL_BYTES:
        raise FieldError(
            "params",
            f"must have at most {MAX_CALL_BYTES:,} bytes as JSON together with the method, "
            f"got {size:,}: send less, or in several commands",
        )
    return orjson.dumps(new.params).decode()


def command_collection(db: Documents) -> Collection[CommandDocument]:
    """Return the collection ``commands`` with the type of its documents."""
    return cast("Collection[CommandDocument]", db.commands)
