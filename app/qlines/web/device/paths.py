"""The paths of the HTTP API for devices, which follows ThingsBoard's: pure."""

import re
from typing import NamedTuple

from qlines.errors import InvalidReading
from qlines.store.command_document import MAX_NUMBER
from qlines.value_rules import shown

PREFIX = "/api/v1/"
SUPPORTED = (
    "POST /api/v1/{token}/telemetry, POST /api/v1/{token}/attributes, "
    "GET /api/v1/{token}/attributes?clientKeys=a,b&sharedKeys=c, "
    "GET /api/v1/{token}/attributes/updates?timeout=60000, GET /api/v1/{token}/rpc?timeout=60000, "
    "POST /api/v1/{token}/rpc/{number}, POST /api/v1/{token}/rpc, POST /api/v1/{token}/claim, "
    "POST /api/v1/provision"
)
ATTRIBUTES, CHANGES = "attributes", "attributes/updates"
CALLS, ANSWERS = "rpc", "rpc/{number}"
CLAIM = "claim"
METHODS = {
    "telemetry": ("POST",),
    ATTRIBUTES: ("GET", "POST"),
    CHANGES: ("GET",),
    CALLS: ("GET", "POST"),
    ANSWERS: ("POST",),
    CLAIM: ("POST",),
}
# The MQTT topic of what is sent there: ingest need not know by which protocol a message arrived.
TOPICS = {
    "telemetry": "v1/devices/me/telemetry",
    ATTRIBUTES: "v1/devices/me/attributes",
    CALLS: "v1/devices/me/rpc/request",
    ANSWERS: "v1/devices/me/rpc/response",  # and the number
    CLAIM: "v1/devices/me/claim",
}
POLLED = (CALLS, CHANGES)
NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)
DEFAULT_POLL_MS, MAX_POLL_MS = 60_000, 300_000  # ThingsBoard's
MILLISECONDS = re.compile(r"[0-9]{1,18}", re.ASCII)


class DevicePath(NamedTuple):
    """The parts of a path; *resource* is a key of METHODS, or one that is not supported.

    *number* is what stands in the place of the command's, empty for other resources.
    """

    token: str
    resource: str
    number: str = ""


def parse(path: str) -> DevicePath:
    """Parse WSGI's PATH_INFO, which begins with PREFIX."""
    raw = path.removeprefix(PREFIX).encode("latin-1", "replace")  # PEP 3333: bytes as Latin-1
    token, _, resource = raw.decode("utf-8", "replace").partition("/")
    resource = resource.rstrip("/")
    if resource.startswith("rpc/"):
        return DevicePath(token, ANSWERS, resource.removeprefix("rpc/"))
    return DevicePath(token, resource)


def is_poll(method: str, path: str) -> bool:
    """Return whether a request waits for news, for minutes maybe, by method and PATH_INFO."""
    return method == "GET" and path.startswith(PREFIX) and parse(path).resource in POLLED


def topic_of_answer(number: str) -> str:
    """Return the topic on which MQTT has the answer; raise InvalidReading for a bad number."""
    if not NUMBER.fullmatch(number) or not 1 <= int(number) <= MAX_NUMBER:
        raise InvalidReading(
            f"the number of a command is a whole number from 1 to {MAX_NUMBER}, got "
            f"{shown(number)}: answer under the number with which the command came"
        )
    return f"{TOPICS[ANSWERS]}/{int(number)}"


def poll_seconds(query: dict[str, list[str]]) -> float:
    """Return how long a device wants to wait; without a time, or with 0, it is a minute.

    The longest is five minutes, also when it wants more. Raise InvalidReading for no number.
    """
    text = query.get("timeout", ["0"])[0]
    if not MILLISECONDS.fullmatch(text):
        raise InvalidReading(
            f"timeout must be a whole number of milliseconds, at most {MAX_POLL_MS:,}, got "
            f"{shown(text)}: leave it out for {DEFAULT_POLL_MS:,}"
        )
    return min(int(text) or DEFAULT_POLL_MS, MAX_POLL_MS) / 1000
