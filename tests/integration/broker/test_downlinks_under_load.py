"""Many messages to devices that come and go at random: each order is answered once, nothing leaks.

QLINES_TEST_DOWNLINKS=100000 makes it a soak; the sanitizers report when the broker ends.
"""

import os
import random
from collections import deque

from qlines.downlink.wire import Result
from tests.integration.broker.control import Control
from tests.integration.broker.raw_mqtt import PINGRESP, PUBLISH, ClosedError, RawDevice

ORDERS = int(os.environ.get("QLINES_TEST_DOWNLINKS", "4000"))
CLIENTS = 20
OPEN_ORDERS = 200
FILTER = "v1/devices/me/rpc/request/+"
ENDINGS = set(Result) - {Result.WRITTEN}


class Restless:
    """A device that reads, acknowledges, falls silent and connects again as chance has it."""

    def __init__(self, broker, name, chance):
        self.broker, self.name, self.chance = broker, name, chance
        self.device = None

    def act(self):
        if self.device is None:
            self._connect()
        elif self.chance.random() < 0.02:
            self.device.close()
            self.device = None
        else:
            self._acknowledge_some()

    def _connect(self):
        self.device = RawDevice(self.broker, version=self.chance.choice([4, 5]))
        clean = self.chance.random() < 0.5
        session_seconds = 0 if clean else 600
        code = self.device.connect("alice", self.name, clean=clean, session_seconds=session_seconds)
        assert code == 0
        if not self.device.session_present:
            self.device.send_subscribe(FILTER, self.chance.choice([0, 1]))

    def _acknowledge_some(self):
        try:
            self.device.send(b"\xc0\x00")
            for kind, flags, body in iter(self.device.read, None):
                if kind == PINGRESP:
                    return
                if kind == PUBLISH and flags & 2 and self.chance.random() < 0.9:
                    at = 2 + int.from_bytes(body[:2], "big")
                    self.device.acknowledge(int.from_bytes(body[at : at + 2], "big"))
        except ClosedError:
            self.device.close()
            self.device = None


def test_every_order_has_one_end(broker):
    chance = random.Random(7)
    device = broker.add_device("alice")
    control = Control(broker).synced()
    clients = [Restless(broker, f"client-{number}", chance) for number in range(CLIENTS)]
    opened: deque[int] = deque()
    tags: list[int] = []
    while len(tags) < ORDERS:
        chance.choice(clients).act()
        for _ in range(10):
            name = chance.choice(clients).name
            topic = FILTER.replace("+", str(len(tags)))
            payload = chance.randbytes(chance.choice([0, 30, 3_000]))
            qos = chance.choice([0, 1, 1, 1])
            tags.append(control.send(f"{device}/{name}", topic, payload, qos=qos))
            opened.append(tags[-1])
        control.client.run_once(0)
        while opened and ENDINGS & set(control.results.get(opened[0], [])):
            opened.popleft()
        while len(opened) > OPEN_ORDERS:
            chance.choice(clients).act()
            control.client.run_once(0.001)
            opened = deque(tag for tag in opened if not ENDINGS & set(control.results.get(tag, [])))
    for client in clients:
        if client.device:
            client.device.close()

    control.eventually(
        lambda: all(ENDINGS & set(control.results.get(tag, [])) for tag in tags), "all have ended"
    )

    ends = [[result for result in control.results[tag] if result in ENDINGS] for tag in tags]
    assert [tag for tag, end in zip(tags, ends, strict=True) if len(end) != 1] == []
    delivered = sum(end == [Result.DELIVERED] for end in ends)
    assert delivered > ORDERS / 10, f"only {delivered} of {ORDERS} were delivered"
    control.close()
    assert broker.stop() == 0
