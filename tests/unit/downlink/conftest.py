"""A sender of commands with its MongoDB and its broker, which tests let speak."""

from collections import Counter
from datetime import timedelta

import pytest

from qlines.clock import FakeClock, utc_datetime
from qlines.downlink.listeners import Listeners
from qlines.downlink.sender import Sender
from qlines.downlink.wire import Hello, Results, Session, Synced
from qlines.store import commands, devices
from qlines.store.command_document import NewCommand
from tests.fakes.mongo import FakeMongo

OWNER = "a" * 24
FILTER = "v1/devices/me/rpc/request/+"


class Room:
    """A sender, its MongoDB and its broker, which tests let speak."""

    def __init__(self, clock):
        self.clock = clock
        self.db = FakeMongo()
        self.orders = []
        self.owner = OWNER
        self.counters = Counter()
        self.sender, self.on_event = self.new_sender()
        self.device = str(devices.add(self.db, OWNER, "pump")["_id"])
        self.client = f"{self.device}/pump"

    @property
    def now(self):
        return utc_datetime(self.clock.now_us())

    def new_sender(self, broker="a"):
        """Return a sender, and the function that lets its broker speak."""
        listeners = Listeners()
        sender = Sender(self.db, broker, listeners, self.orders.append, self.counters, self.clock)
        return sender, lambda event: sender.on_event(event, listeners.apply(event))

    def restart(self):
        self.sender, self.on_event = self.new_sender()
        self.orders.clear()

    def hears(self, *events):
        for event in events:
            self.on_event(event)
        self.sender.run_once()

    def greet(self, *sessions):
        self.hears(Hello(1, ""), *sessions, Synced())

    def listening(self, client=None):
        return Session(client or self.client, {FILTER: 1})

    def command(self, method="open", *, in_order=False, announced=True, **more):
        fields = {"two_way": True, "expires_in": timedelta(hours=1), "retries": 5, **more}
        new = NewCommand(method, None, by="alice@example.com", key=None, **fields)
        made = commands.add(self.db, self.device, new, self.now, in_order=in_order)
        if announced:
            self.sender.announce([self.device], missed=False)
        return made["number"]

    def says(self, order, *results):
        self.hears(Results([(order.tag, result) for result in results]))

    def state(self, number):
        return self.stored(number)["state"]

    def stored(self, number):
        return commands.get(self.db, self.device, number)

    def methods(self):
        return [order.payload.split(b'"')[3].decode() for order in self.orders]


@pytest.fixture
def room():
    return Room(FakeClock())
