"""Answer what devices ask: their attributes, and calls of methods that nobody here has.

The broker's plugin hands requests over instead of storing them; it answers the calls that need no
state itself. A request that cannot be understood is shown to the device's owner among the messages
that could not be stored. Without MongoDB there is no answer: a device asks again after its own
time-out, so what waits is dropped.
"""

from collections import deque
from collections.abc import Callable, MutableMapping

from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.downlink import attribute_requests, calls
from qlines.downlink.listeners import Listeners, device_of
from qlines.downlink.wire import NO_TAG, Order, Request
from qlines.errors import InvalidReading
from qlines.store import attributes, owner_attributes, rejected
from qlines.store.rejected import Rejected

MAX_WAITING = 1_000
MAX_TOPIC_CHARACTERS, MAX_EXCERPT_CHARACTERS = 255, 1_024  # of what an owner is shown
Answer = tuple[str, bytes]  # topic and payload


class Responder:
    """Keeps requests for a moment and answers them; the caller repeats run_once()."""

    def __init__(
        self,
        db: Documents,
        listeners: Listeners,
        give: Callable[[Order], object],
        counters: MutableMapping[str, int],
        clock: Clock,
    ) -> None:
        self._db = db
        self._listeners = listeners
        self._give = give
        self._clock = clock
        self._waiting: deque[Request] = deque()
        self._counters = counters

    def take(self, request: Request) -> None:
        """Keep a request; when too many wait it is dropped."""
        if len(self._waiting) >= MAX_WAITING:
            self._counters["requests_unanswered"] += 1
        else:
            self._waiting.append(request)

    def run_once(self) -> None:
        """Answer what waits; raise StoreUnavailableError, with all of it dropped."""
        try:
            while self._waiting:
                self._answer(self._waiting.popleft())
        except Exception:
            self._counters["requests_unanswered"] += 1 + len(self._waiting)
            self._waiting.clear()
            raise

    def _answer(self, request: Request) -> None:
        try:
            topic, payload = self._answer_to(request)
        except InvalidReading as error:
            rejected.add(self._db, [self._rejection(request, str(error))])
            self._counters["requests_rejected"] += 1
            return
        qos = self._listeners.qos_of_answer(request.client_id, topic)
        self._give(Order(NO_TAG, request.client_id, topic, payload, qos))
        self._counters["requests_answered"] += 1

    def _answer_to(self, request: Request) -> Answer:
        if request.topic.startswith(calls.TOPICS):
            return calls.answer(request.topic, request.payload)
        asked = attribute_requests.parse(request.topic, request.payload)
        device = device_of(request.client_id)
        client = attributes.of_device(self._db, device) if asked.asks_client else {}
        shared = owner_attributes.of_device(self._db, device, "shared") if asked.asks_shared else {}
        return asked.response_topic, attribute_requests.answer(
            asked,
            {key: latest.value for key, latest in client.items()},
            {key: wanted.value for key, wanted in shared.items()},
        )

    def _rejection(self, request: Request, reason: str) -> Rejected:
        text = request.payload.decode(errors="replace")
        return Rejected(
            device=device_of(request.client_id),
            ts_ms=self._clock.now_us() // 1000,
            reason=reason,
            topic=request.topic[:MAX_TOPIC_CHARACTERS],
            payload=text[:MAX_EXCERPT_CHARACTERS],
        )
