"""Pass the calls of devices on to their owners' webhooks, and the answers back.

==============================================  ===================================================
what happens                                    the device is answered
==============================================  ===================================================
the webhook answers with 2xx and JSON           with that
anything else within 10 s                       ``{"error": "the webhook …"}`` with the reason
its owner has set none                          at once, that the method is unknown
no place is free, of all owners or of its own   at once, that too many calls wait
it has waited for more than 20 s for a place    that the webhook is too slow
==============================================  ===================================================

It is called once for each call, and there is one answer.
"""

import threading
from collections.abc import Callable, MutableMapping
from typing import Protocol

from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.downlink import calls
from qlines.downlink.call_message import Call, Result, answer_in, body_of
from qlines.downlink.call_pool import CallPool
from qlines.errors import NotFoundError, WebhookError
from qlines.store import call_webhooks
from qlines.store.call_webhooks import NotedCall, Signing
from qlines.webhook.http import Response
from qlines.webhook.sender import Message
from qlines.webhook.signature import make_id
from qlines.webhook.url import Rules

MAX_WAIT_SECONDS = 20.0  # for a place; with the 10 of the webhook less than a device's 60
MAX_SECONDS = 55.0  # until who waits for an answer is given one
TOO_MANY = "too many calls wait for the webhooks of the devices' owners: call again later"
TOO_SLOW = "the webhook for calls is too slow for so many of them: call again later"
NO_ANSWER = "the webhook for calls was not reached in time: call again later"
TEST_DEVICE = ("0" * 24, "a test of QLines")


class Sends(Protocol):
    """What sends to webhooks: WebhookSender, or a test's."""

    rules: Rules

    def send(self, url: str, secrets: list[str], message: Message) -> Response:
        """Send a message and return the response; raise WebhookError without one."""
        ...


class WebhookCalls:
    """The calls of one program; `begin` and `call` may be used by several threads."""

    def __init__(
        self,
        db: Documents,
        sender: Sends,
        counters: MutableMapping[str, int],
        clock: Clock,
        pool: CallPool | None = None,
    ) -> None:
        self._db = db
        self._sender = sender
        self._counters = counters
        self._clock = clock
        self._pool = pool or CallPool(clock)
        self._lock = threading.Lock()  # of the counters

    @property
    def rules(self) -> Rules:
        """Return which addresses the admin allows."""
        return self._sender.rules

    def begin(self, call: Call, done: Callable[[Result], None]) -> Result | None:
        """Return the result if it is known at once, else None: another thread calls *done* with it.

        Raise StoreUnavailableError when MongoDB does not say whether there is a webhook.
        """
        webhook = call_webhooks.of_owner(self._db, call.owner)
        if webhook is None:
            return Result(b"", calls.unknown(call.method))
        signing = call_webhooks.signing(webhook, utc_datetime(self._clock.now_us()))
        if self._pool.submit(call.owner, lambda waited: self._run(call, signing, done, waited)):
            return None
        self._count("webhook_calls_refused")
        return Result(b"", TOO_MANY)

    def call(self, call: Call) -> Result:
        """Return the result once it is there; raise StoreUnavailableError as begin() does."""
        results: list[Result] = []
        is_there = threading.Event()

        def done(result: Result) -> None:
            results.append(result)
            is_there.set()

        at_once = self.begin(call, done)
        if at_once is not None:
            return at_once
        return results[0] if is_there.wait(MAX_SECONDS) else Result(b"", NO_ANSWER)

    def send_test(self, owner: str) -> Result:
        """Call the webhook as a device would; raise NotFoundError when the owner has set none."""
        if call_webhooks.of_owner(self._db, owner) is None:
            raise NotFoundError("there is no webhook for calls: set its address first")
        return self.call(Call(*TEST_DEVICE, owner, "test", {}, None))

    def _run(
        self, call: Call, signing: Signing, done: Callable[[Result], None], waited: float
    ) -> None:
        result = Result(b"", NO_ANSWER)
        try:
            late = Result(b"", TOO_SLOW) if waited > MAX_WAIT_SECONDS else None
            result = late or self._result(call, signing)
        finally:
            done(result)  # whatever happened: an HTTP request waits for it
        self._count("webhook_calls_failed" if result.error else "webhook_calls_answered")
        noted: NotedCall = {
            "at": utc_datetime(self._clock.now_us()),
            "device": call.device,
            "name": call.name,
            "method": call.method,
            "error": result.error,
            "milliseconds": result.milliseconds,
        }
        call_webhooks.note_call(self._db, call.owner, noted)

    def _result(self, call: Call, signing: Signing) -> Result:
        began = self._clock.monotonic()
        message = Message(make_id(), body_of(call, self._clock.now_us()))
        answer, error = b"", ""
        try:
            answer = answer_in(self._sender.send(signing.url, signing.secrets, message))
        except WebhookError as refused:
            error = f"the webhook for calls failed: {refused}"
        return Result(answer, error, round((self._clock.monotonic() - began) * 1_000))

    def _count(self, name: str) -> None:
        with self._lock:
            self._counters[name] += 1
