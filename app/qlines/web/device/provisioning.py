"""POST /api/v1/provision: a device that has no token asks for one; ThingsBoard's, over HTTP."""

from collections.abc import Callable, Mapping
from typing import Any
from wsgiref.types import WSGIEnvironment

import orjson

from qlines.clock import Clock
from qlines.errors import FieldError
from qlines.reading import MAX_PAYLOAD_BYTES
from qlines.store.provisioning import Provisioned
from qlines.store.provisioning_rules import object_in
from qlines.store.registry_wait import wait_for_registry
from qlines.web.auth.network import network_of
from qlines.web.device.address_limit import MAX_FAILURES_PER_MINUTE, AddressLimit
from qlines.web.device.answers import Answer, json_answer, refusal
from qlines.web.device.registry_handle import RegistryHandle

# Takes the request's JSON object and the address that it came from.
Provision = Callable[[Mapping[str, Any], str], Provisioned]
# Enough for a new token to arrive. The answer is correct without it too, only early.
MAX_WAIT_SECONDS = 2.0
TOO_MANY = (
    f"more than {MAX_FAILURES_PER_MINUTE} requests of this address failed in a minute: correct the "
    "device, or wait"
)


class Provisioning:
    """Answers requests for a token: 200 with the result in `status`, as ThingsBoard does.

    400 is for a body that is not a request, 429 for an address of which too many have failed.
    """

    def __init__(self, provision: Provision, registry: RegistryHandle, clock: Clock) -> None:
        self._provision = provision
        self._registry = registry
        self._clock = clock
        self._limit = AddressLimit()

    def answer(self, environ: WSGIEnvironment, payload: bytes | None) -> Answer:
        """Answer one request; *payload* is None when it was too large."""
        address = environ.get("REMOTE_ADDR", "")
        network = network_of(address)
        wait = self._limit.wait_seconds(network, self._clock.monotonic())
        if wait:
            return refusal(429, TOO_MANY, ("Retry-After", str(wait)))
        answer, is_success = self._answer(payload, address)
        if not is_success:
            self._limit.failed(network, self._clock.monotonic())
        return answer

    def _answer(self, payload: bytes | None, address: str) -> tuple[Answer, bool]:
        if payload is None:
            rule = f"a request may have at most {MAX_PAYLOAD_BYTES:,} bytes"
            return refusal(413, f"{rule}: send its fields only"), False
        try:
            provisioned = self._provision(object_in(payload), address)
        except FieldError as error:
            return refusal(400, str(error)), False
        token = provisioned.token
        if token is not None:
            wait_for_registry(lambda: self._has_token(token), self._clock, MAX_WAIT_SECONDS)
        is_success = provisioned.answer["status"] == "SUCCESS"
        return json_answer(orjson.dumps(provisioned.answer)), is_success

    def _has_token(self, token: str) -> bool:
        return self._registry.device_by_token(token, self._clock.now_us()) is not None
