from collections import Counter
from datetime import timedelta

import pytest
from pymongo import _csot

from qlines.clock import FakeClock, utc_datetime
from qlines.downlink import provisioner
from qlines.downlink import thread as module
from qlines.downlink.control_client import KEEPALIVE_SECONDS
from qlines.downlink.thread import MONGODB_SECONDS, PROVISIONING_SECONDS, DownlinkThread
from qlines.downlink.wire import Hello, Provision, Session, Synced
from qlines.errors import StoreUnavailableError
from qlines.store import commands, devices
from qlines.store.command_document import NewCommand
from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.mongo import FakeMongo
from tests.unit.downlink.conftest import FILTER, OWNER

OPEN = NewCommand("open", None, True, timedelta(hours=1), 5, "alice@example.com", None)
REQUEST = Provision("provision/7", "192.0.2.7", b"{}")


class EndOfTheTest(BaseException):
    """Ends what never ends by itself."""


class Broker:
    """Says in each iteration of the thread what a test has it say, then ends the test."""

    is_connected = True

    def __init__(self):
        self.turns, self.orders = [], []

    def connect(self, _run_dir, on_event, _wake):
        self._on_event = on_event
        return self

    def run_once(self, _seconds):
        if not self.turns:
            raise EndOfTheTest
        for event in self.turns.pop(0):
            self._on_event(event)

    def send(self, order):
        self.orders.append(order)


class Room:
    """The thread, with its broker and a MongoDB that answers nothing to a request for a token."""

    def __init__(self, monkeypatch, run_dir):
        self.db, self.broker, self.counters = FakeMongo(), Broker(), Counter()
        self.clock = FakeClock()
        self.device = str(devices.add(self.db, OWNER, "pump")["_id"])
        self.deadlines = []  # in seconds, of each request for a token
        monkeypatch.setattr(module, "ControlClient", self.broker.connect)
        monkeypatch.setattr(module, "Announcements", self._announcements)
        monkeypatch.setattr(provisioner, "provision", self._hang)
        self.thread = DownlinkThread(
            run_dir, self.db, "a", webhooks=None, is_known=lambda _: True,
            counters=self.counters, clock=self.clock,
        )  # fmt: skip

    def _announcements(self, _db, wake, *_):
        self.announced = FakeAnnouncements(wake=wake)
        return self.announced

    def _hang(self, *_request):
        """Fail as pymongo does at its deadline; somebody sends a command until then."""
        self.deadlines.append(_csot.remaining())
        now = utc_datetime(self.clock.now_us())
        commands.add(self.db, self.device, OPEN, now, in_order=False)
        self.announced.say(self.device)
        raise StoreUnavailableError("mongodb", OSError("timed out"))

    def run(self, *turns):
        """Let the broker say these events, some in each iteration."""
        self.broker.turns = list(turns)
        with pytest.raises(EndOfTheTest):
            self.thread._run()


@pytest.fixture
def room(monkeypatch, tmp_path):
    return Room(monkeypatch, tmp_path)


def test_provisioning_that_hangs_holds_up_no_command(room):
    listening = Session(f"{room.device}/pump", {FILTER: 1})

    room.run([Hello(1, ""), listening, Synced(), REQUEST, REQUEST, REQUEST], [])

    [seconds] = room.deadlines
    assert 0 < seconds <= PROVISIONING_SECONDS, "the others are dropped, and not waited for too"
    assert room.counters["provisions_unanswered"] == 3
    assert [order.topic for order in room.broker.orders] == ["v1/devices/me/rpc/request/1"]


def test_the_broker_waits_for_the_slowest_iteration():
    assert MONGODB_SECONDS + PROVISIONING_SECONDS < KEEPALIVE_SECONDS
