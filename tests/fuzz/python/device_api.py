"""The HTTP API for devices: any request gets one of its answers, each well formed.

Lines of the input: method, path, query, Content-Length; the rest is the body. A WSGI server passes
bytes of the request as Latin-1 (PEP 3333).
"""

import io

import orjson

from qlines.clock import FakeClock
from qlines.downlink.call_message import Result
from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.store.provisioning import Provisioned
from qlines.store.provisioning_rules import parsed
from qlines.store.registry_file import Device
from qlines.web.device.answers import Answer
from qlines.web.device.api import DeviceApi
from qlines.web.device.limits import Limits
from qlines.web.device.provisioning import Provisioning

DEVICE = Device("d" * 24, "a" * 24, "pump", gateway=False)
STATUSES = {200, 400, 401, 404, 405, 408, 413}


class Registry:
    def device_by_token(self, token, _now_us):
        token.encode()  # as the registry file does
        return DEVICE if token == "good" else None


class Spool:
    def append(self, _kind, device, topic, payload):
        assert len(device) <= 255
        assert len(topic) <= 255
        assert len(payload) <= 65_536


class Polls:
    """Nothing ever comes, and nobody waits for it."""

    def command(self, poller):
        assert 0 < poller.seconds <= 300
        return Answer(408)

    change = command


def provision(body, _address):
    parsed(body)
    return Provisioned({"status": "SUCCESS"})


CLOCK = FakeClock()
API = DeviceApi(
    lambda _environ, start: start("299 inner", []) or [b""],
    registry=Registry(),
    spool=Spool(),
    client_of=lambda _device: {"color": Attribute(1, "red", 1)},
    shared_of=lambda _device: {"valve": OwnerAttribute(1, True, "alice@example.com")},
    call_webhook=lambda _call: Result(b"{}", ""),
    polls=Polls(),
    provisioning=Provisioning(provision, Registry(), CLOCK),
    limits=Limits(0, 0, 0, 0),
    clock=CLOCK,
)


def check(data):
    method, path, query, length, body = [*data.split(b"\n", 4), *[b""] * 4][:5]
    answers = []
    environ = {
        "REQUEST_METHOD": method.decode("latin-1"),
        "PATH_INFO": "/api/v1/" + path.decode("latin-1"),
        "QUERY_STRING": query.decode("latin-1"),
        "CONTENT_LENGTH": length.decode("latin-1"),
        "wsgi.input": io.BytesIO(body),
    }
    CLOCK.advance(60)  # or after 60 failures every request for a token would get 429
    answer = b"".join(API(environ, lambda status, headers: answers.append((status, headers))))
    [(status, headers)] = answers
    assert int(status[:3]) in STATUSES
    assert dict(headers)["Content-Length"] == str(len(answer))
    assert not any(character in text for _, text in headers for character in "\r\n")
    if answer:
        orjson.loads(answer)
