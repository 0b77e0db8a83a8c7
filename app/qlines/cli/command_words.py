"""Say how a command to a device is, as text or as JSON; pure."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import orjson

from qlines.clock import epoch_us
from qlines.store.command_document import CommandDocument, named

MAX_CELL_CHARACTERS = 60
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def has_succeeded(command: CommandDocument) -> bool:
    """Return whether it has ended as it should: answered, or delivered when nobody is to answer."""
    is_delivered = command["state"] == "delivered" and not command["two_way"]
    return command["state"] == "answered" or is_delivered


def steps(command: CommandDocument) -> list[str]:
    """Return a line for each state that the command has had, as far as it tells, with its time."""
    moments: list[tuple[str, datetime | None]] = [
        ("queued", command["created_at"]),
        (f"sent {_times(command['attempts'])}", command.get("sent_at")),
        ("delivered", command.get("delivered_at")),
    ]
    if command["state"] == "queued" and command["attempts"]:
        moments.append(("is when it is sent again, if the device listens", command["next_at"]))
    if command["state"] != "delivered":
        moments.append((command["state"], command.get("ended_at")))
    return [f"{iso(moment)} {word}" for word, moment in moments if moment is not None]


def outcome(command: CommandDocument) -> str:
    """Return a sentence about how the command ended, or about its state while it is open."""
    start = f"{named(command)} is {command['state']}"
    if command["state"] == "answered":
        return f"{start}: {_printable(command.get('answer') or '') or 'without text'}"
    if "error" in command:
        return f"{start}: {command['error']}"
    if "ended_at" in command:
        return start
    return f"{start}, and open until {iso(command['expires_at'])}"


def row(command: CommandDocument) -> tuple[str, ...]:
    """Return the command as a row of the list: number, method, state, made at, by, and result."""
    result = _printable(command.get("answer") or command.get("error") or "")
    if len(result) > MAX_CELL_CHARACTERS:
        result = result[:MAX_CELL_CHARACTERS] + "…"
    made = iso(command["created_at"])
    state = command["state"]
    return str(command["number"]), command["method"], state, made, command["by"], result


def command_json(command: CommandDocument) -> dict[str, Any]:
    """Return the command in the form of the API: times are epoch milliseconds, or None."""
    fields = (
        "number", "method", "two_way", "state", "attempts", "retries", "by", "key", "error",
    )  # fmt: skip
    moments = ("created_at", "expires_at", "sent_at", "delivered_at", "answered_at", "ended_at")
    return {
        "id": command["_id"],
        "device": str(command["device"]),
        "params": json.loads(command["params"]),
        "answer": _answer_json(command.get("answer")),
        **{name: command.get(name) for name in fields},
        **{name: _milliseconds(command.get(name)) for name in moments},
    }


def iso(moment: datetime) -> str:
    """Return the moment in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _times(attempts: int) -> str:
    return "once" if attempts == 1 else f"{attempts} times"


def _milliseconds(moment: Any) -> int | None:
    return None if moment is None else epoch_us(moment) // 1000


def _answer_json(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        orjson.dumps(orjson.loads(text))  # JSON, and no deeper than it can be printed
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return {"text": text}
    return {"json": json.loads(text)}  # with all digits of long numbers


def _printable(text: str) -> str:
    """Return *text* in one line, without what a terminal would obey: devices write anything."""
    return CONTROL_CHARACTERS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
