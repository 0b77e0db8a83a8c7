"""The HTTP API for devices: WSGI middleware in front of Flask, because it is the busiest path.

200 with an empty body means that the message is in the spool. The checks here are those whose
result the sender needs at once; ingest does the others, and the owner sees its rejections on the
page.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson

from qlines.clock import Clock
from qlines.downlink import attribute_requests
from qlines.errors import SpoolFullError, StoreUnavailableError
from qlines.reading import MAX_PAYLOAD_BYTES
from qlines.spool.frame import FrameKind
from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.store.registry_file import Device
from qlines.web.device.counters import COUNTERS
from qlines.web.device.limits import Limits, Meters, Wait, points_in
from qlines.web.device.paths import METHODS, PREFIX, SUPPORTED, TOPICS, parse
from qlines.web.device.registry_handle import RegistryHandle
from qlines.web.device.spool_handle import SpoolHandle
from qlines.web.problem import PROBLEM_TYPE, problem_body

log = logging.getLogger(__name__)

UNKNOWN_TOKENS_PER_SECOND = 20  # as many frames as the broker appends; more are only counted
SAMPLE_BYTES = 256
NOTIFY_EVERY_SECONDS = 60  # an owner about a limit, for each device: a flood must not cause another
ClientOf = Callable[[str], dict[str, Attribute]]
SharedOf = Callable[[str], dict[str, OwnerAttribute]]


class Answer(NamedTuple):
    """A response: its status, its headers without Content-Length, its body."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def refusal(status: int, detail: str, *headers: tuple[str, str]) -> Answer:
    """Return an error as application/problem+json."""
    content_type = ("Content-Type", PROBLEM_TYPE)
    return Answer(status, (content_type, *headers), problem_body(status, detail))


class DeviceApi:
    """Answers requests below /api/v1/, and passes all others to *inner*.

    With *closed_because*, a sentence, it takes nothing: no program would ever read this spool.
    """

    def __init__(
        self,
        inner: WSGIApplication,
        *,
        registry: RegistryHandle,
        spool: SpoolHandle,
        client_of: ClientOf,
        shared_of: SharedOf,
        limits: Limits,
        clock: Clock,
        closed_because: str = "",
    ) -> None:
        self._inner = inner
        self._closed_because = closed_because
        self._registry = registry
        self._spool = spool
        self._client_of = client_of
        self._shared_of = shared_of
        self._clock = clock
        self._meters = Meters(limits)
        self._notified_at: dict[str, float] = {}
        self._second = 0
        self._unknown_tokens_this_second = 0
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not environ["PATH_INFO"].startswith(PREFIX):
            return self._inner(environ, start_response)
        try:
            answer = self._answer(environ)
        except (SpoolFullError, StoreUnavailableError) as error:
            self.counters["unavailable"] += 1
            answer = refusal(
                503, f"the message was not stored, send it again: {error}", ("Retry-After", "2")
            )
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        if self._closed_because:
            return refusal(503, self._closed_because)
        path = parse(environ["PATH_INFO"])
        device = self._registry.device_by_token(path.token, self._clock.now_us())
        if device is None:
            return self._unknown_token(path.token, environ)
        wait = self._meters.wait(device, self._clock.monotonic())
        if wait:
            return self._over_limit(device, wait)
        self._meters.charge(device, 1, 0, self._clock.monotonic())
        if path.resource not in TOPICS:
            return refusal(404, f"there is no such path for devices: use one of {SUPPORTED}")
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            return self._append(device, path.resource, environ)
        if method == "GET" and path.resource == "attributes":
            return self._attributes(device, environ.get("QUERY_STRING", ""))
        allowed = ", ".join(METHODS[path.resource])
        return refusal(405, f"{path.resource} takes {allowed}, got {method}", ("Allow", allowed))

    def _attributes(self, device: Device, query: str) -> Answer:
        """Return the attributes that a device asks for; a scope that it does not is not read."""
        request = attribute_requests.of_query(parse_qs(query))
        client = self._client_of(device.id) if request.asks_client else {}
        shared = self._shared_of(device.id) if request.asks_shared else {}
        body = attribute_requests.answer(
            request,
            {key: one.value for key, one in client.items()},
            {key: one.value for key, one in shared.items()},
        )
        return Answer(200, (("Content-Type", "application/json"),), body)

    def _append(self, device: Device, resource: str, environ: WSGIEnvironment) -> Answer:
        payload = read_body(environ)
        if payload is None:
            reason = f"a message may have at most {MAX_PAYLOAD_BYTES:,} bytes"
            self._append_rejection(device, resource, reason, b"")
            return refusal(413, f"{reason}: send it in parts")
        self._meters.charge(device, 0, points_in(payload), self._clock.monotonic())
        try:
            orjson.loads(payload)
        except orjson.JSONDecodeError as error:
            reason = f"not JSON: {error}" if payload else "not JSON: the body is empty"
            self._append_rejection(device, resource, reason, payload)
            return refusal(400, reason)
        self._spool.append(FrameKind.MESSAGE, device.id, TOPICS[resource], payload)
        self.counters["accepted"] += 1
        return Answer(200)

    def _over_limit(self, device: Device, wait: Wait) -> Answer:
        """Refuse a request; the owner is notified once a minute on the device's page."""
        self.counters["limited"] += 1
        if self._is_notification_due(device.id, self._clock.monotonic()):
            text = f"{wait.reason}. Its requests over HTTP are answered with 429 for now"
            try:
                self._spool.append(FrameKind.LIMITED, device.id, "", text.encode())
            except SpoolFullError as error:
                log.debug("a line about a limit was not appended: %s", error)
        return refusal(429, wait.reason, ("Retry-After", str(wait.seconds)))

    def _is_notification_due(self, device_id: str, now: float) -> bool:
        if now - self._notified_at.get(device_id, float("-inf")) < NOTIFY_EVERY_SECONDS:
            return False
        recent = now - NOTIFY_EVERY_SECONDS
        self._notified_at = {known: at for known, at in self._notified_at.items() if at > recent}
        self._notified_at[device_id] = now
        return True

    def _append_rejection(self, device: Device, resource: str, reason: str, payload: bytes) -> None:
        """Let the owner see the rejected message; while the spool is full it is only counted."""
        self.counters["refused"] += 1
        frame = reason.encode() + b"\n" + payload[:SAMPLE_BYTES]
        try:
            self._spool.append(FrameKind.REJECTED, device.id, TOPICS[resource], frame)
        except SpoolFullError as error:
            log.debug("a rejection was not appended: %s", error)

    def _unknown_token(self, token: str, environ: WSGIEnvironment) -> Answer:
        self.counters["unknown_tokens"] += 1
        second = int(self._clock.monotonic())
        if second != self._second:
            self._second, self._unknown_tokens_this_second = second, 0
        if token and self._unknown_tokens_this_second < UNKNOWN_TOKENS_PER_SECOND:
            self._unknown_tokens_this_second += 1
            address = environ.get("REMOTE_ADDR", "")
            frame = b"http\n" + address.encode() + b"\n" + token.encode()[:64]
            try:
                self._spool.append(FrameKind.UNKNOWN_TOKEN, "", "", frame)
            except SpoolFullError as error:
                log.debug("an unknown token was not appended: %s", error)
        return refusal(401, "no device has this token: copy it from the device's page")


def read_body(environ: WSGIEnvironment) -> bytes | None:
    """Return the body, or None when it is too large; reads at most one byte more than allowed."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit() and int(length[:9]) > MAX_PAYLOAD_BYTES:
        return None
    body: bytes = environ["wsgi.input"].read(MAX_PAYLOAD_BYTES + 1)
    return None if len(body) > MAX_PAYLOAD_BYTES else body
