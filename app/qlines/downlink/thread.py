"""The thread of the program `registry` that speaks to the devices of this machine's broker."""

import logging
import threading
from collections import deque
from collections.abc import MutableMapping
from pathlib import Path

import pymongo

from appliance.shared.backoff import Backoff
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.downlink.announcements import MAX_PUSHES, Announcements, Push
from qlines.downlink.control_client import ControlClient
from qlines.downlink.counters import COUNTERS
from qlines.downlink.heard_until import HeardUntil
from qlines.downlink.listeners import Listeners
from qlines.downlink.provisioner import IsKnown, Provisioner
from qlines.downlink.pushes import orders_of
from qlines.downlink.responder import Responder
from qlines.downlink.routes import of_changes
from qlines.downlink.sender import Sender
from qlines.downlink.wake import Wake
from qlines.downlink.webhook_calls import WebhookCalls
from qlines.downlink.wire import Event, Provision, Request
from qlines.errors import StoreUnavailableError
from qlines.retry import StoreOutage
from qlines.webhook.sender import WebhookSender

log = logging.getLogger(__name__)

PROVISIONING_SECONDS = 1.0  # likewise: a transaction that was cut off blocks its product
MONGODB_SECONDS = 5.0  # of one iteration: the broker waits for this client's keep-alive


class DownlinkThread:
    """Sends commands for as long as the process lives, whatever is away; *broker* names ours.

    *is_known* says whether the registry file has a token.
    """

    def __init__(
        self,
        run_dir: Path,
        db: Documents,
        broker: str,
        *,
        webhooks: WebhookSender,
        is_known: IsKnown,
        counters: MutableMapping[str, int],
        clock: Clock,
    ) -> None:
        counters.update(dict.fromkeys(COUNTERS, 0))
        wake = Wake()
        self._db = db
        self._clock = clock
        self._pushes: deque[Push] = deque(maxlen=MAX_PUSHES)
        self._client = ControlClient(run_dir, self._pass_on, wake)
        self._announcements = Announcements(db, wake, clock, HeardUntil(clock, run_dir))
        self._listeners = Listeners()
        self._sender = Sender(db, broker, self._listeners, self._client.send, counters, clock)
        self._responder = Responder(
            db,
            self._listeners,
            self._client.send,
            WebhookCalls(db, webhooks, counters, clock),
            wake,
            counters=counters,
            clock=clock,
        )
        self._provisioner = Provisioner(db, self._client.send, is_known, counters, clock)
        self._thread = threading.Thread(target=self._run, name="downlink", daemon=True)

    def start(self) -> "DownlinkThread":
        """Begin, and return itself."""
        self._announcements.start()
        self._thread.start()
        return self

    def check(self) -> None:
        """Raise RuntimeError when a thread has ended, which only a fault of ours can do."""
        if not self._thread.is_alive() or not self._announcements.is_alive:
            raise RuntimeError("a thread that sends commands has ended, its error is above")

    def _pass_on(self, event: Event) -> None:
        if isinstance(event, Request):
            self._responder.take(event)
            return
        if isinstance(event, Provision):
            self._provisioner.take(event)
            return
        changed = self._listeners.apply(event)
        self._sender.on_event(event, changed)

    def _hear(self) -> None:
        """Take what was announced, once it can be sent."""
        if not self._sender.is_ready:
            return
        heard = self._announcements.take()
        self._sender.announce(heard.devices, missed=heard.missed)
        self._pushes += heard.pushes

    def _push(self) -> None:
        """Push changes; those that MongoDB does not say whom to send to wait."""
        if self._pushes:
            devices = {push.device for push in self._pushes}
            routes = of_changes(self._db, self._listeners, devices)
            for order in orders_of(self._pushes, routes):
                self._client.send(order)
            self._pushes.clear()

    def _provision(self) -> None:
        """Answer those who ask for a token; what holds them up must hold up no command."""
        try:
            with pymongo.timeout(PROVISIONING_SECONDS):
                self._provisioner.run_once()
        except StoreUnavailableError as error:
            log.warning("provisioning waits: %s", error)

    def _run(self) -> None:
        outage, broker = StoreOutage(self._clock), Backoff()
        while True:
            self._exchange(broker)
            self._responder.send_answers()
            self._hear()
            try:
                with pymongo.timeout(MONGODB_SECONDS):
                    self._push()
                    self._responder.run_once()
                    self._sender.run_once()
            except StoreUnavailableError as error:
                outage.pause(error)
            else:
                outage.recovered()
                self._provision()

    def _exchange(self, backoff: Backoff) -> None:
        """Hear from the broker and pass orders on; pause while there is not one."""
        why: object = "the connection ended"
        try:
            seconds = self._sender.wait_seconds if self._responder.is_idle else 0.0
            self._client.run_once(self._provisioner.wait_seconds(seconds))
        except OSError as error:
            why = error
        if self._client.is_connected:
            if self._sender.is_ready:
                backoff.reset()
            return
        if not backoff.attempts:
            log.info("commands wait for the broker: %s", why)
        self._sender.lose_broker()
        self._clock.sleep(backoff.next_seconds())
