"""Answer connections that ask for a device's token: ThingsBoard's provisioning over MQTT.

The plugin bounds who may ask, how often and for how long (appliance/broker/provisioning.h); what an
answer says is decided by store/provisioning.py, for HTTP too. A request that cannot be understood
gets an answer as well, where ThingsBoard closes the connection. An answer with a token is held back
until the registry file has that, since the device connects with it at once. Without MongoDB a
request stays unanswered: a device asks again after its own time-out.
"""

from collections import deque
from collections.abc import Callable, MutableMapping
from typing import NamedTuple

import orjson

from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.downlink.wire import NO_TAG, Order, Provision
from qlines.errors import FieldError
from qlines.store.provisioning import Provisioned, provision
from qlines.store.provisioning_rules import object_in

RESPONSE = "/provision/response"
MAX_WAITING = 200  # as many connections may ask at a time
MAX_AT_ONCE = 20  # each is a transaction; then commands are sent
MAX_AGE_SECONDS = 10.0  # the plugin's ANSWER_WITHIN_US: later the device has asked again, or left
MAX_HELD_SECONDS = 2.0  # the answer is correct without the wait too, only early
HELD_PAUSE_SECONDS = 0.005
IsKnown = Callable[[str], bool]


class Held(NamedTuple):
    """An answer that waits until devices can connect with *token*, until *ends_at* at most."""

    order: Order
    token: str
    ends_at: float


class Provisioner:
    """Keeps requests for a moment and answers them; the caller repeats run_once().

    *is_known* says whether the registry file has a token.
    """

    def __init__(
        self,
        db: Documents,
        give: Callable[[Order], object],
        is_known: IsKnown,
        counters: MutableMapping[str, int],
        clock: Clock,
    ) -> None:
        self._db = db
        self._give = give
        self._is_known = is_known
        self._counters = counters
        self._clock = clock
        self._waiting: deque[tuple[Provision, float]] = deque()  # and when it came
        self._held: deque[Held] = deque()

    def take(self, request: Provision) -> None:
        """Keep a request; when too many wait it is dropped."""
        if len(self._waiting) >= MAX_WAITING:
            self._counters["provisions_unanswered"] += 1
            return
        self._waiting.append((request, self._clock.monotonic()))

    def wait_seconds(self, seconds: float) -> float:
        """Return how long the caller may wait for news, at most *seconds*."""
        if self._waiting:
            return 0.0
        return min(seconds, HELD_PAUSE_SECONDS) if self._held else seconds

    def run_once(self) -> None:
        """Answer some of what waits; raise StoreUnavailableError, with all of it dropped."""
        self._release()
        try:
            for _ in range(min(MAX_AT_ONCE, len(self._waiting))):
                request, came_at = self._waiting.popleft()
                if self._clock.monotonic() - came_at > MAX_AGE_SECONDS:
                    self._counters["provisions_unanswered"] += 1
                    continue
                self._answer(request)
        except Exception:
            self._counters["provisions_unanswered"] += 1 + len(self._waiting)
            self._waiting.clear()
            raise

    def _answer(self, request: Provision) -> None:
        now = utc_datetime(self._clock.now_us())
        try:
            provisioned = provision(self._db, object_in(request.payload), request.address, now)
        except FieldError as error:
            provisioned = Provisioned({"status": "FAILURE", "errorMsg": str(error)})
        self._counters["provisions_answered"] += 1
        payload = orjson.dumps(provisioned.answer)
        order = Order(NO_TAG, request.client_id, RESPONSE, payload)
        if provisioned.token is None or self._is_known(provisioned.token):
            self._give(order)
        else:
            ends_at = self._clock.monotonic() + MAX_HELD_SECONDS
            self._held.append(Held(order, provisioned.token, ends_at))

    def _release(self) -> None:
        """Give the answers whose token is known by now; the file has them in their order."""
        while self._held and self._is_over(self._held[0]):
            self._give(self._held.popleft().order)

    def _is_over(self, held: Held) -> bool:
        return self._is_known(held.token) or self._clock.monotonic() >= held.ends_at
