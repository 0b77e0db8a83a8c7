"""The HTTP API for devices, as a function that sends one request."""

import io
from types import SimpleNamespace

import pytest

from qlines.clock import FakeClock
from qlines.downlink.call_message import Result
from qlines.errors import SpoolFullError, StoreUnavailableError
from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.store.registry_file import Device
from qlines.web.device.answers import Answer
from qlines.web.device.api import DeviceApi
from qlines.web.device.limits import Limits
from qlines.web.device.polls import Polls
from qlines.web.news import News
from tests.fakes.announcements import announced

DEVICE = Device("d" * 24, "a" * 24, "pump", gateway=False)


class FakeSpool:
    def __init__(self):
        self.frames = []
        self.is_full = False

    def append(self, kind, device, topic, payload):
        if self.is_full:
            raise SpoolFullError("the spool holds too much")
        self.frames.append((kind, device, topic, payload))


class FakeRegistry:
    is_built = True

    def device_by_token(self, token, _now_us):
        if not self.is_built:
            raise StoreUnavailableError("registry", LookupError("not built yet"))
        return DEVICE if token in ("good", "ü") else None

    def device(self, _device_id):
        return DEVICE

    def generation(self):
        return 1


@pytest.fixture
def http():
    spool, registry, clock = FakeSpool(), FakeRegistry(), FakeClock()
    client = {"firmware": Attribute(1, "1.2", 1), "color": Attribute(2, "red", 2)}
    shared = {"valve": OwnerAttribute(1, True, "alice@example.com")}
    read, commands, called = [], [], []
    news, announcements = announced(lambda source: News(None, clock, source))
    polls = Polls(news, registry, lambda _: commands.pop(0) if commands else None, clock)
    api = DeviceApi(
        lambda _environ, start: start("299 inner", []) or [b"inner"],
        registry=registry,
        spool=spool,
        client_of=lambda device: read.append(("client", device)) or client,
        shared_of=lambda device: read.append(("shared", device)) or shared,
        call_webhook=lambda call: called.append(call) or Result(b'{"euro": 2}', ""),
        polls=polls,
        provisioning=SimpleNamespace(answer=lambda _environ, payload: Answer(200, body=payload)),
        limits=Limits(10, 100, 0, 0),
        clock=clock,
    )

    def send(method, path, body=b"", query="", length=None):
        answer = SimpleNamespace(headers={})

        def start(status, headers):
            answer.status, answer.headers = int(status.split()[0]), dict(headers)

        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)) if length is None else length,
            "REMOTE_ADDR": "192.0.2.7",
            "wsgi.input": io.BytesIO(body),
        }
        answer.body = b"".join(api(environ, start))
        return answer

    return SimpleNamespace(
        send=send, spool=spool, registry=registry, clock=clock, api=api, read=read,
        commands=commands, called=called, announcements=announcements, polls=polls,
    )  # fmt: skip
