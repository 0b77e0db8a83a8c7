"""Answer what devices ask: their attributes, and calls of methods that a webhook has.

The broker's plugin hands requests over instead of storing them; it answers the calls that need no
state itself. Webhooks are called by other threads, which leave their answers here. A request that
cannot be understood is shown to the device's owner among the messages that could not be stored.
Without MongoDB there is no answer: a device asks again after its own time-out, so what waits is
dropped.
"""

from collections import Counter, deque
from collections.abc import Callable, MutableMapping

from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.downlink import attribute_requests, calls
from qlines.downlink.announcements import Wakes
from qlines.downlink.call_message import Call, Result
from qlines.downlink.listeners import Listeners, device_of
from qlines.downlink.webhook_calls import WebhookCalls
from qlines.downlink.wire import MAX_PAYLOAD_BYTES, NO_TAG, Order, Request
from qlines.errors import InvalidReading, NotFoundError
from qlines.reading import Value
from qlines.store import attributes, devices, gateway_devices, owner_attributes, rejected
from qlines.store.rejected import Rejected
from qlines.value_rules import shown

MAX_WAITING = 1_000
MAX_OF_A_DEVICE = 5  # that wait: it must not keep the others from their answers
MAX_AT_ONCE = 50  # then commands are sent
MAX_TOPIC_CHARACTERS, MAX_EXCERPT_CHARACTERS = 255, 1_024  # of what an owner is shown
NOT_A_GATEWAY = (
    "topic {} is for gateways, and this device is not one: switch 'gateway' on at its page, or "
    'send PATCH {{"gateway": true}} to /api/devices/{{id}}'
)
TOO_LARGE = "the answer would have {:,} bytes, and at most {:,} fit: ask for fewer keys at once"
Answer = tuple[str, bytes]  # topic and payload


class Responder:
    """Keeps requests for a moment and answers them; the caller repeats run_once()."""

    def __init__(
        self,
        db: Documents,
        listeners: Listeners,
        give: Callable[[Order], object],
        webhooks: WebhookCalls,
        wake: Wakes,
        *,
        counters: MutableMapping[str, int],
        clock: Clock,
    ) -> None:
        self._db = db
        self._listeners = listeners
        self._give = give
        self._webhooks = webhooks
        self._wake = wake
        self._clock = clock
        self._answered: deque[tuple[str, Answer]] = deque()  # by webhooks, with the client
        self._waiting: deque[Request] = deque()
        self._of_device: Counter[str] = Counter()
        self._counters = counters

    def take(self, request: Request) -> None:
        """Keep a request; when too many wait, of all or of this device, it is dropped."""
        device = device_of(request.client_id)
        if len(self._waiting) >= MAX_WAITING or self._of_device[device] >= MAX_OF_A_DEVICE:
            self._counters["requests_unanswered"] += 1
            return
        self._waiting.append(request)
        self._of_device[device] += 1

    @property
    def is_idle(self) -> bool:
        """Return whether nothing waits."""
        return not self._waiting and not self._answered

    def send_answers(self) -> None:
        """Send what webhooks have answered; it needs no store."""
        while self._answered:
            self._send(*self._answered.popleft())

    def run_once(self) -> None:
        """Answer some of what waits; raise StoreUnavailableError, with all of it dropped."""
        rejections: list[Rejected] = []
        try:
            for _ in range(min(MAX_AT_ONCE, len(self._waiting))):
                request = self._waiting.popleft()
                self._of_device[device_of(request.client_id)] -= 1
                rejections += self._answer(request)
            rejected.add(self._db, rejections)
        except Exception:
            self._counters["requests_unanswered"] += 1 + len(self._waiting)
            self._waiting.clear()
            self._of_device.clear()
            raise
        self._of_device += Counter()  # drops the devices of which nothing waits

    def _answer(self, request: Request) -> list[Rejected]:
        """Answer a request, or return why it cannot be answered, for the device's owner."""
        try:
            answer = self._answer_to(request)
            if answer and len(answer[1]) > MAX_PAYLOAD_BYTES:
                raise InvalidReading(TOO_LARGE.format(len(answer[1]), MAX_PAYLOAD_BYTES))
        except InvalidReading as error:
            self._counters["requests_rejected"] += 1
            return [self._rejection(request, str(error))]
        except NotFoundError:
            return []  # the device was removed while it asked
        if answer:
            self._send(request.client_id, answer)
        return []

    def _send(self, client_id: str, answer: Answer) -> None:
        topic, payload = answer
        qos = self._listeners.qos_of_answer(client_id, topic)
        self._give(Order(NO_TAG, client_id, topic, payload, qos))
        self._counters["requests_answered"] += 1

    def _answer_to(self, request: Request) -> Answer | None:
        """Return the answer, or None when a webhook has been asked for it."""
        if request.topic.startswith(calls.TOPICS):
            return self._answer_to_call(request)
        if request.topic == attribute_requests.GATEWAY_REQUEST:
            return attribute_requests.GATEWAY_RESPONSE, self._answer_to_gateway(request)
        asked = attribute_requests.parse(request.topic, request.payload)
        device = device_of(request.client_id)
        client = self._client_values(device) if asked.asks_client else {}
        shared = self._shared_values(device) if asked.asks_shared else {}
        return asked.response_topic, attribute_requests.answer(asked, client, shared)

    def _answer_to_call(self, request: Request) -> Answer | None:
        reply, called = calls.reply_to(request.topic), calls.call_in(request.payload)
        device = devices.find(self._db, device_of(request.client_id))

        def done(result: Result) -> None:
            self._answered.append((request.client_id, (reply.topic, result.payload)))
            self._wake.set()

        call = Call(str(device["_id"]), device["name"], str(device["owner"]), *called, reply.number)
        at_once = self._webhooks.begin(call, done)
        return (reply.topic, at_once.payload) if at_once else None

    def _answer_to_gateway(self, request: Request) -> bytes:
        asked = attribute_requests.parse_gateway(request.payload)
        gateway = devices.find(self._db, device_of(request.client_id))
        if not gateway["gateway"]:
            raise InvalidReading(NOT_A_GATEWAY.format(request.topic))
        device = gateway_devices.named(self._db, gateway["owner"], asked.device)
        if device is None:
            raise InvalidReading(
                f"the owner of the gateway has no device {shown(asked.device)}: register it"
            )
        values_of = self._client_values if asked.is_client else self._shared_values
        return attribute_requests.answer_gateway(asked, values_of(str(device["_id"])))

    def _client_values(self, device: str) -> dict[str, Value]:
        found = attributes.of_device(self._db, device)
        return {key: latest.value for key, latest in found.items()}

    def _shared_values(self, device: str) -> dict[str, Value]:
        found = owner_attributes.of_device(self._db, device, "shared")
        return {key: wanted.value for key, wanted in found.items()}

    def _rejection(self, request: Request, reason: str) -> Rejected:
        text = request.payload.decode(errors="replace")
        return Rejected(
            device=device_of(request.client_id),
            ts_ms=self._clock.now_us() // 1000,
            reason=reason,
            topic=request.topic[:MAX_TOPIC_CHARACTERS],
            payload=text[:MAX_EXCERPT_CHARACTERS],
        )
