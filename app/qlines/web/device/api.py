"""The HTTP way in for devices: a WSGI layer ahead of Flask, because this path is the busy one.

200 with an empty body means that the message is in the spool. The checks here are those that the
sender must hear about at once; the others are ingest's, whose reasons the owner sees on the page.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import orjson

from qlines.clock import Clock
from qlines.errors import SpoolFullError, StoreUnavailableError
from qlines.reading import MAX_PAYLOAD_BYTES
from qlines.spool.frame import FrameKind
from qlines.store.registry_file import Device
from qlines.web.device.counters import COUNTERS
from qlines.web.device.paths import METHODS, PREFIX, SUPPORTED, TOPICS, chosen, parse
from qlines.web.device.registry_door import RegistryDoor
from qlines.web.device.spool_door import SpoolDoor

log = logging.getLogger(__name__)

STRANGERS_PER_SECOND = 20  # as many as the broker notes; the rest is only counted
SAMPLE_BYTES = 256
WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]
AttributesOf = Callable[[str], dict[str, tuple[int, Any]]]


class Answer(NamedTuple):
    """What goes back: a status, more headers, a body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def refusal(status: int, detail: str, *headers: tuple[str, str]) -> Answer:
    """Return an error as application/problem+json."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    kind = ("Content-Type", "application/problem+json")
    return Answer(status, (kind, *headers), orjson.dumps(body))


class DeviceApi:
    """Answers what begins with /api/v1/ and hands everything else on to *inner*."""

    def __init__(
        self,
        inner: WSGI,
        *,
        registry: RegistryDoor,
        spool: SpoolDoor,
        attributes_of: AttributesOf,
        clock: Clock,
    ) -> None:
        self._inner = inner
        self._registry = registry
        self._spool = spool
        self._attributes_of = attributes_of
        self._clock = clock
        self._second = 0
        self._strangers_this_second = 0
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        if not environ["PATH_INFO"].startswith(PREFIX):
            return self._inner(environ, start_response)
        try:
            made = self._answer(environ)
        except (SpoolFullError, StoreUnavailableError) as error:
            self.counters["unavailable"] += 1
            made = refusal(
                503, f"the message was not stored, send it again: {error}", ("Retry-After", "2")
            )
        headers = [*made.headers, ("Content-Length", str(len(made.body)))]
        start_response(f"{made.status} {HTTPStatus(made.status).phrase}", headers)
        return [made.body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        path = parse(environ["PATH_INFO"])
        device = self._registry.device_by_token(path.token, self._clock.now_us())
        if device is None:
            return self._stranger(path.token, environ)
        if path.what not in TOPICS:
            return refusal(404, f"there is no such path for devices: use one of {SUPPORTED}")
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            return self._keep(device, path.what, environ)
        if method == "GET" and path.what == "attributes":
            query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
            found = chosen(self._attributes_of(device.id), query)
            return Answer(200, (("Content-Type", "application/json"),), orjson.dumps(found))
        allowed = ", ".join(METHODS[path.what])
        return refusal(405, f"{path.what} takes {allowed}, got {method}", ("Allow", allowed))

    def _keep(self, device: Device, what: str, environ: dict[str, Any]) -> Answer:
        payload = read_body(environ)
        if payload is None:
            reason = f"a message may have at most {MAX_PAYLOAD_BYTES:,} bytes"
            self._note_refusal(device, what, reason, b"")
            return refusal(413, f"{reason}: send it in parts")
        try:
            orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            reason = f"not JSON: {error}" if payload else "not JSON: the body is empty"
            self._note_refusal(device, what, reason, payload)
            return refusal(400, reason)
        self._spool.append(FrameKind.MESSAGE, device.id, TOPICS[what], payload)
        self.counters["accepted"] += 1
        return Answer(200)

    def _note_refusal(self, device: Device, what: str, reason: str, payload: bytes) -> None:
        """Let the owner see the refused message; one that finds no room is only counted."""
        self.counters["refused"] += 1
        noted = reason.encode() + b"\n" + payload[:SAMPLE_BYTES]
        try:
            self._spool.append(FrameKind.REJECTED, device.id, TOPICS[what], noted)
        except SpoolFullError as error:
            log.debug("a refused message was not noted: %s", error)

    def _stranger(self, token: str, environ: dict[str, Any]) -> Answer:
        self.counters["unknown_tokens"] += 1
        second = int(self._clock.monotonic())
        if second != self._second:
            self._second, self._strangers_this_second = second, 0
        if token and self._strangers_this_second < STRANGERS_PER_SECOND:
            self._strangers_this_second += 1
            address = environ.get("REMOTE_ADDR", "")
            noted = b"http\n" + address.encode() + b"\n" + token.encode()[:64]
            try:
                self._spool.append(FrameKind.UNKNOWN_TOKEN, "", "", noted)
            except SpoolFullError as error:
                log.debug("a stranger was not noted: %s", error)
        return refusal(401, "no device has this token: copy it from the device's page")


def read_body(environ: dict[str, Any]) -> bytes | None:
    """Return the body, or None when it is too large; never reads more than one byte too many."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit() and int(length) > MAX_PAYLOAD_BYTES:
        return None
    body: bytes = environ["wsgi.input"].read(MAX_PAYLOAD_BYTES + 1)
    return None if len(body) > MAX_PAYLOAD_BYTES else body
