"""Send commands to the devices that listen at this broker, and store what becomes of each.

=========  ===============================================  =======================================
state      event                                            next
=========  ===============================================  =======================================
queued     its device listens here                          sent: stored first, then the order
sent       the broker: delivered                            delivered
sent       the broker: the session ended without            queued, to be sent at once, or after
           an acknowledgement                               1, 2, 4 … s from the second time on
sent       the session is kept by the broker                sent; watched once the session resumes,
                                                            or queued when the device comes with
                                                            another client, or had unsubscribed
sent       this program, its connection or the broker       watched when the client is there and
           was restarted                                    the broker still has it, else queued
sent       by a broker that lost its device to this one     queued, ten seconds later
=========  ===============================================  =======================================

So a command is never stuck in sent, and never lost; where nobody can know whether the device had
it, it is sent again with the same number, by which the device can tell. Each write names the
attempt that it is about: what a restarted predecessor or another broker did in the meantime wins.
Answers come through the spool, by ingest.
"""

from collections import Counter
from collections.abc import Callable, Iterable, MutableMapping
from datetime import timedelta

from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.downlink import departures
from qlines.downlink.departures import Departure
from qlines.downlink.due import Due
from qlines.downlink.flight import Attempt, CameBack, Delivered, Flight, Outcome, TooLarge, Way
from qlines.downlink.listeners import Changed, Listener, Listeners
from qlines.downlink.routes import Routes, of_commands
from qlines.downlink.wire import Event, Hello, Order, OrderKind, Results, Synced
from qlines.store import command_delivery as commands
from qlines.store.command_delivery import Sent
from qlines.store.command_document import CommandDocument, device_of

IDLE_SECONDS = 1.0
DEVICES_AT_ONCE = 50  # each may have 20 commands of 60,000 bytes
# While this program gives orders it does not read. With more the broker's answers would pile up
# until it ends the connection (MAX_BEHIND of control_reports.h), again and again.
MAX_UNANSWERED = 1_000
NOT_TAKEN_SECONDS = 5.0  # until it is tried again, when nothing else says that there is room
EXPIRE_EVERY_SECONDS = 1.0
# Mends what no announcement said: a write whose answer was lost, an announcement that was missed.
SWEEP_EVERY_SECONDS = 30.0
ELSEWHERE_EVERY_SECONDS = 5.0
# A device that listens here may be about to acknowledge at the broker that it left.
ELSEWHERE_AFTER = timedelta(seconds=10)
TOO_LARGE = "it is larger than the messages that the device accepts: send it in smaller parts"


class Sender:
    """The state of the loop; the caller repeats run_once(), and passes on what it hears.

    *listeners* has taken in each event before on_event() gets it.
    """

    def __init__(
        self,
        db: Documents,
        broker: str,
        listeners: Listeners,
        give: Callable[[Order], object],
        counters: MutableMapping[str, int],
        clock: Clock,
    ) -> None:
        self._db = db
        self._broker = broker
        self._listeners = listeners
        self._give = give
        self._clock = clock
        self._flight = Flight()
        self._due = Due(clock)
        self._full: set[str] = set()
        self._outcomes: list[Outcome] = []
        self._is_synced = False
        self._has_lost = False
        self._expire_at = self._sweep_at = self._elsewhere_at = float("-inf")
        self._counters = counters

    @property
    def wait_seconds(self) -> float:
        """Return how long it may be waited for events before the next iteration."""
        if not self._is_synced:
            return IDLE_SECONDS
        if self._outcomes:
            return 0.0
        return self._due.next_in(IDLE_SECONDS) if self._may_order else IDLE_SECONDS

    @property
    def is_ready(self) -> bool:
        """Return whether the broker has said all its sessions."""
        return self._is_synced

    def lose_broker(self) -> None:
        """Send nothing until the broker has said its sessions again."""
        self._is_synced = False

    def announce(self, devices: Iterable[str], *, missed: bool) -> None:
        """Look at these devices, at all of them when some may have been *missed*."""
        for device in devices:
            self._due.add(device)
        if missed:
            self._sweep_at = float("-inf")

    def on_event(self, event: Event, changed: Changed | None) -> None:
        """Take in what the broker says, and what that changed for the listeners."""
        if isinstance(event, Hello):
            self._flight.clear()
            self._is_synced = False
        elif isinstance(event, Synced):
            self._is_synced = True
            self._sweep_at = float("-inf")
        elif isinstance(event, Results):
            outcomes = [self._flight.result(tag, result) for tag, result in event.results]
            self._outcomes += [outcome for outcome in outcomes if outcome]
        elif changed:
            self._watch(self._flight.resumed(changed.client_id))
            if not changed.waits:
                self._flight.unsubscribe(changed.client_id)
            if changed.listens_now or changed.speaks_now:
                waiting = self._flight.only_kept(changed.device)
                self._outcomes += [self._flight.take_back(attempt) for attempt in waiting]
            if changed.listens_now:
                self._due.add(changed.device)
            if changed.speaks_now:
                self._sweep_at = float("-inf")  # it may be any device behind it

    def run_once(self) -> None:
        """Store what happened, and send what may leave.

        Raise StoreUnavailableError when MongoDB does not answer; nothing is lost by that.
        """
        self._expire()
        if self._is_synced:
            self._store_outcomes()
            self._sweep()
            self._look_elsewhere()
            if not self._has_lost:  # else what was queued later would overtake it
                self._send()

    # ---- what happened ----

    def _store_outcomes(self) -> None:
        if not self._outcomes:
            return
        now = utc_datetime(self._clock.now_us())
        delivered = [one.attempt for one in self._outcomes if isinstance(one, Delivered)]
        back = [one for one in self._outcomes if isinstance(one, CameBack)]
        too_large = [one.attempt for one in self._outcomes if isinstance(one, TooLarge)]
        commands.mark_delivered(self._db, delivered, now)
        commands.requeue(
            self._db,
            [(*one.attempt, now + timedelta(seconds=_backoff(one)), one.was_sent) for one in back],
            now,
        )
        commands.fail(self._db, [(*attempt, TOO_LARGE) for attempt in too_large], now)
        self._outcomes = []
        self._counters["commands_delivered"] += len(delivered)
        self._counters["commands_returned"] += len(back)
        for one in back:
            self._wait_after(one)
        for attempt in [*delivered, *too_large]:
            self._make_room(device_of(attempt.command))

    def _wait_after(self, one: CameBack) -> None:
        device = device_of(one.attempt.command)
        if one.was_sent:
            self._due.add(device, _backoff(one))
        else:  # an acknowledgement makes room, and a new session says itself
            self._full.add(device)
            self._due.add(device, NOT_TAKEN_SECONDS)

    def _make_room(self, device: str) -> None:
        if device in self._full:
            self._full.discard(device)
            self._due.add(device)

    def _expire(self) -> None:
        if self._clock.monotonic() >= self._expire_at:
            now = utc_datetime(self._clock.now_us())
            self._counters["commands_expired"] += commands.expire(self._db, now)
            self._expire_at = self._clock.monotonic() + EXPIRE_EVERY_SECONDS

    # ---- what nobody said ----

    def _sweep(self) -> None:
        if self._clock.monotonic() < self._sweep_at or not self._may_order:
            return
        sent = commands.sent_by(self._db, self._broker)
        lost = [one for one in sent if not self._flight.has(Attempt(one.id, one.attempts))]
        self._find_again(lost[:MAX_UNANSWERED])
        self._store_outcomes()
        self._has_lost = len(lost) > MAX_UNANSWERED
        if self._has_lost:
            return  # the rest follows once the broker has answered
        for device in commands.devices_with_queued(self._db):
            self._due.add(device)
        self._sweep_at = self._clock.monotonic() + SWEEP_EVERY_SECONDS

    def _find_again(self, sent: list[Sent]) -> None:
        """Watch what was sent, where its clients are still there, or take it back."""
        lost = {one.id: one for one in sent}
        routes = self._routes(lost)
        here = {command: _still(one, routes) for command, one in lost.items()}
        here = {command: to for command, to in here.items() if to}
        for command in commands.with_ids(self._db, list(here)):
            attempt = Attempt(command["_id"], lost[command["_id"]].attempts)
            self._watch(departures.ways(command, attempt, here[command["_id"]]))
        self._outcomes += [
            CameBack(Attempt(command, one.attempts), was_sent=True)
            for command, one in lost.items()
            if command not in here
        ]

    def _look_elsewhere(self) -> None:
        if not self._broker or self._clock.monotonic() < self._elsewhere_at:
            return
        before = utc_datetime(self._clock.now_us()) - ELSEWHERE_AFTER
        sent = commands.sent_elsewhere(self._db, self._broker, before)
        routes = self._routes(one.id for one in sent)
        self._outcomes += [
            CameBack(Attempt(one.id, one.attempts), was_sent=True)
            for one in sent
            if device_of(one.id) in routes
        ]
        self._elsewhere_at = self._clock.monotonic() + ELSEWHERE_EVERY_SECONDS

    def _routes(self, of: Iterable[str]) -> Routes:
        return of_commands(self._db, self._listeners, {device_of(command) for command in of})

    # ---- what leaves ----

    @property
    def _may_order(self) -> bool:
        return self._flight.unanswered < MAX_UNANSWERED

    def _send(self) -> None:
        devices = self._due.take() if self._may_order else []
        while devices and self._may_order:
            some, devices = devices[:DEVICES_AT_ONCE], devices[DEVICES_AT_ONCE:]
            try:
                self._send_to(some)
            except Exception:
                for device in [*some, *devices]:
                    self._due.add(device)
                self._sweep_at = float("-inf")  # what was marked as sent and not ordered
                raise
        for device in devices:
            self._due.add(device)

    def _send_to(self, devices: list[str]) -> None:
        now = utc_datetime(self._clock.now_us())
        routes = of_commands(self._db, self._listeners, devices)
        if not routes:
            return
        ready = commands.ready(self._db, list(routes), now)
        leaving, full = departures.choose(ready, routes, self._flight.to_client)
        self._full |= full | _with_more(ready)
        if not leaving:
            return
        attempts = [
            (command["_id"], command["attempts"], [listener.client_id for listener in to])
            for command, to in leaving
        ]
        sent = commands.mark_sent(self._db, attempts, self._broker, now)
        for departure in leaving:
            if departure.command["_id"] in sent:  # else it was cancelled, or another broker has it
                self._order(departure)

    def _order(self, departure: Departure) -> None:
        command, to = departure
        attempt = Attempt(command["_id"], command["attempts"] + 1)
        seconds = departures.seconds_left(command, utc_datetime(self._clock.now_us()))
        for way, listener in zip(departures.ways(command, attempt, to), to, strict=True):
            tag = self._flight.add(way)
            self._give(Order(tag, way.client_id, way.topic, way.payload, listener.qos, seconds))
        self._counters["commands_sent"] += 1

    def _watch(self, ways: list[Way]) -> None:
        for way in ways:
            tag = self._flight.add(way)
            self._give(Order(tag, way.client_id, way.topic, way.payload, kind=OrderKind.WATCH))


def _still(sent: Sent, routes: Routes) -> list[Listener]:
    """Return those clients to which a command was sent that still listen."""
    listeners = routes.get(device_of(sent.id), [])
    return [listener for listener in listeners if listener.client_id in sent.clients]


def _backoff(one: CameBack) -> float:
    return departures.backoff_seconds(one.attempt.number) if one.was_sent else 0.0


def _with_more(ready: list[CommandDocument]) -> set[str]:
    """Return the devices that may have more commands than were read."""
    counts = Counter(device_of(command["_id"]) for command in ready)
    many = {device for device, count in counts.items() if count >= commands.LIMIT_PER_DEVICE}
    return many | {device_of(command["_id"]) for command in ready if command["in_order"]}
