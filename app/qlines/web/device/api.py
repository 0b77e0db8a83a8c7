"""The HTTP API for devices: WSGI middleware in front of Flask, because it is the busiest path.

200 with an empty body means that the message is in the spool. The checks here are those whose
result the sender needs at once; ingest does the others, and the owner sees its rejections on the
page.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from http import HTTPStatus
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson

from qlines.clock import Clock
from qlines.downlink import attribute_requests
from qlines.downlink.call_message import Call, Result
from qlines.downlink.calls import call_in
from qlines.errors import InvalidReading, SpoolFullError, StoreUnavailableError
from qlines.reading import MAX_PAYLOAD_BYTES
from qlines.spool.frame import FrameKind
from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.store.claim_rules import terms_in
from qlines.store.device_rules import PROVISION
from qlines.store.registry_file import Device
from qlines.web.device import calls
from qlines.web.device.answers import Answer, json_answer, not_answered, refusal, unavailable
from qlines.web.device.connection import RequestConnection
from qlines.web.device.counters import COUNTERS
from qlines.web.device.limits import Limits, Meters, Wait, points_in
from qlines.web.device.paths import (
    ANSWERS,
    ATTRIBUTES,
    CALLS,
    CLAIM,
    METHODS,
    PREFIX,
    SUPPORTED,
    TOPICS,
    DevicePath,
    parse,
    poll_seconds,
    topic_of_answer,
)
from qlines.web.device.poll import Poller
from qlines.web.device.polls import Polls
from qlines.web.device.provisioning import Provisioning
from qlines.web.device.registry_handle import RegistryHandle
from qlines.web.device.spool_handle import SpoolHandle
from qlines.web.problem import INTERNAL_ERROR

log = logging.getLogger(__name__)

UNKNOWN_TOKENS_PER_SECOND = 20  # as many frames as the broker appends; more are only counted
SAMPLE_BYTES = 256
NOTIFY_EVERY_SECONDS = 60  # an owner about a limit, for each device: a flood must not cause another
ClientOf = Callable[[str], dict[str, Attribute]]
SharedOf = Callable[[str], dict[str, OwnerAttribute]]
CallWebhook = Callable[[Call], Result]


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
        call_webhook: CallWebhook,
        polls: Polls,
        provisioning: Provisioning,
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
        self._call_webhook = call_webhook
        self._polls = polls
        self._provisioning = provisioning
        self._clock = clock
        self._limits = limits
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
        except SpoolFullError as error:
            answer = self._unavailable(f"the message was not stored, send it again: {error}")
        except StoreUnavailableError as error:
            answer = self._unavailable(not_answered(error))
        except Exception:  # gunicorn would log the address, and the device's token is in it
            log.exception("failed at %s of a device", _asked_for(environ))
            answer = refusal(500, INTERNAL_ERROR)
        if answer is None:  # a poll that is answered on a connection of its own
            return []
        headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [answer.body]

    def _unavailable(self, sentence: str) -> Answer:
        self.counters["unavailable"] += 1
        return unavailable(sentence)

    def _answer(self, environ: WSGIEnvironment) -> Answer | None:
        if self._closed_because:
            return refusal(503, self._closed_because)
        path = parse(environ["PATH_INFO"])
        if path == DevicePath(PROVISION, ""):
            return self._provision(environ)
        device = self._registry.device_by_token(path.token, self._clock.now_us())
        if device is None:
            return self._unknown_token(path.token, environ)
        wait = self._meters.wait(device, self._clock.monotonic())
        if wait:
            return self._over_limit(device, wait)
        self._meters.charge(device, 1, 0, self._clock.monotonic())
        if path.resource not in METHODS:
            return refusal(404, f"there is no such path for devices: use one of {SUPPORTED}")
        method, allowed = environ["REQUEST_METHOD"], METHODS[path.resource]
        if method not in allowed:
            rule = f"{path.resource} takes {', '.join(allowed)}, got {method}"
            return refusal(405, rule, ("Allow", ", ".join(allowed)))
        return (
            self._post(device, path, environ)
            if method == "POST"
            else self._get(device, path, environ)
        )

    def _provision(self, environ: WSGIEnvironment) -> Answer:
        if environ["REQUEST_METHOD"] != "POST":
            rule = f"{PROVISION} takes POST, got {environ['REQUEST_METHOD']}"
            return refusal(405, rule, ("Allow", "POST"))
        self.counters["provisioning_requests"] += 1
        return self._provisioning.answer(environ, read_body(environ))

    def _get(self, device: Device, path: DevicePath, environ: WSGIEnvironment) -> Answer | None:
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if path.resource == ATTRIBUTES:
            return self._attributes(device, query)
        try:
            seconds = poll_seconds(query)
        except InvalidReading as error:
            return refusal(400, str(error))
        poller = Poller(device.id, path.token, seconds, RequestConnection(environ))
        poll = self._polls.command if path.resource == CALLS else self._polls.change
        return poll(poller)

    def _attributes(self, device: Device, query: dict[str, list[str]]) -> Answer:
        """Return the attributes that a device asks for; a scope that it does not is not read."""
        request = attribute_requests.of_query(query)
        client = self._client_of(device.id) if request.asks_client else {}
        shared = self._shared_of(device.id) if request.asks_shared else {}
        body = attribute_requests.answer(
            request,
            {key: one.value for key, one in client.items()},
            {key: one.value for key, one in shared.items()},
        )
        return json_answer(body)

    def _post(self, device: Device, path: DevicePath, environ: WSGIEnvironment) -> Answer:
        payload = read_body(environ)
        if payload is None:
            reason = f"a message may have at most {MAX_PAYLOAD_BYTES:,} bytes"
            self._append_rejection(device, path.resource, reason, b"")
            return refusal(413, f"{reason}: send it in parts")
        self._meters.charge(device, 0, points_in(payload), self._clock.monotonic())
        try:
            if path.resource == CALLS:
                return json_answer(self._answer_to_call(device, payload))
            topic = topic_of(path, payload)
        except InvalidReading as error:
            self._append_rejection(device, path.resource, str(error), payload)
            return refusal(400, str(error))
        self._spool.append(FrameKind.MESSAGE, device.id, topic, payload)
        self.counters["accepted"] += 1
        return Answer(200)

    def _answer_to_call(self, device: Device, payload: bytes) -> bytes:
        """Return the answer to a call, that of the owner's webhook unless the method is ours."""
        called = call_in(payload)
        built_in = calls.answer(called.method, self._limits, self._clock.now_us())
        if built_in is not None:
            return built_in
        return self._call_webhook(Call(device.id, device.name, device.owner, *called, None)).payload

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


def _asked_for(environ: WSGIEnvironment) -> str:
    resource = parse(environ["PATH_INFO"]).resource
    return f"{environ['REQUEST_METHOD']} {resource if resource in METHODS else 'another path'}"


def topic_of(path: DevicePath, payload: bytes) -> str:
    """Return the topic of a message; raise InvalidReading for a payload that cannot be one."""
    if path.resource == ANSWERS:
        return topic_of_answer(path.number)  # it need not be JSON
    if path.resource == CLAIM:
        terms_in(payload)  # the device hears at once that it cannot be claimed so
        return TOPICS[CLAIM]
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        reason = str(error) if payload else "the body is empty"
        raise InvalidReading(f"not JSON: {reason}") from None
    return TOPICS[path.resource]


def read_body(environ: WSGIEnvironment) -> bytes | None:
    """Return the body, or None when it is too large; reads at most one byte more than allowed."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isascii() and length.isdigit() and int(length[:9]) > MAX_PAYLOAD_BYTES:
        return None
    body: bytes = environ["wsgi.input"].read(MAX_PAYLOAD_BYTES + 1)
    return None if len(body) > MAX_PAYLOAD_BYTES else body
