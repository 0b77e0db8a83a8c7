"""Long polls without a server: the registry, connections and commands of some devices."""

from qlines.clock import FakeClock
from qlines.store.registry_file import Device
from qlines.web.background import in_background
from qlines.web.device.poll import Poller
from qlines.web.device.polls import Polls
from qlines.web.news import News
from tests.fakes.announcements import announced
from tests.harness.deadline import eventually

PUMP, VALVE = (Device(letter * 24, "a" * 24, "pump", gateway=False) for letter in "dc")
LONG = 30.0  # real seconds, which no test waits
COMMAND = {"number": 17, "method": 'say "hi"', "params": '{"to":[1,2]}'}


class FakeRegistry:
    def __init__(self):
        self.tokens = {"good": PUMP, "other": VALVE}
        self.devices = {PUMP.id: PUMP, VALVE.id: VALVE}
        self.changes = 1

    def device_by_token(self, token, _now_us):
        return self.tokens.get(token)

    def device(self, device_id):
        return self.devices.get(device_id)

    def generation(self):
        return self.changes


class FakeConnection:
    """A connection, which the server lets go of or not."""

    def __init__(self, *, can_be_taken):
        self.can_be_taken = can_be_taken
        self.is_closed = False  # by the device
        self.answers = []

    def has_left(self):
        return self.is_closed

    def take(self):
        return self.can_be_taken

    def answer(self, answer):
        self.answers.append(answer)


class World:
    """Polls, and what a device and its owner do."""

    def __init__(self, *, parks, max_polls=10):
        self.parks = parks
        self.clock, self.registry = FakeClock(), FakeRegistry()
        self.news, self.announcements = announced(lambda source: News(None, self.clock, source))
        self.commands = []
        self.looks = 0
        self.polls = Polls(self.news, self.registry, self.take, self.clock, max_polls)

    def take(self, device):
        self.looks += 1
        mine = [command for command in self.commands if command[0] == device]
        if not mine:
            return None
        self.commands.remove(mine[0])
        return mine[0][1]

    def poller(self, device=PUMP, seconds=0.0, token="good"):
        connection = FakeConnection(can_be_taken=self.parks)
        return Poller(device.id, token, seconds, connection)

    def poll(self, kind, poller):
        """Poll, and return the answer, whichever way it takes."""
        poll = self.polls.command if kind == "commands" else self.polls.change
        answer = poll(poller)
        if answer is not None:
            return answer
        answers = poller.connection.answers
        eventually(lambda: answers, 5, "it is answered")
        return answers[0]

    def begin(self, kind, poller=None):
        """Poll in the background until it waits; return a function that returns its answer."""
        looks, before = self.looks, len(self.polls)
        poller = poller or self.poller(seconds=LONG)
        result = in_background(lambda: self.poll(kind, poller))
        eventually(lambda: len(self.polls) > before or self.looks > looks, 5, "it waits")
        return result

    def send(self, device=PUMP, command=COMMAND):
        self.commands.append((device.id, command))
        self.announcements.say(device.id)

    def change(self, *texts, device=PUMP):
        self.announcements.say(changes=[(device.id, text) for text in texts])
