"""Means to send with, over HTTP that is not there: each request is kept and answered."""

from datetime import UTC, datetime

import pytest

from qlines.clock import FakeClock
from qlines.messengers.mail_links import MailLinks
from qlines.messengers.mail_server import MailServer
from qlines.messengers.means import Means
from qlines.messengers.message import Message
from qlines.messengers.vapid import VapidKey
from qlines.webhook.http import Response


class FakeHttp:
    def __init__(self):
        self.requests = []
        self.answer = Response(200, {}, b"")
        self.answers = []  # to the first requests

    def request(self, url, request):
        self.requests.append((url, dict(request.headers), request.body))
        return self.answers.pop(0) if self.answers else self.answer


@pytest.fixture
def http():
    return FakeHttp()


@pytest.fixture
def means(http):
    return Means(
        http=http,
        clock=FakeClock(),
        public_url="https://devices.example.com",
        links=MailLinks("a secret of this appliance", "https://devices.example.com"),
        mail_server=MailServer("mail.example.com", 25, False, "", "", "qlines@example.com"),
        telegram_token="",
        vapid=VapidKey("a secret of this appliance", "mailto:admin@example.com"),
    )


@pytest.fixture
def message():
    return Message(
        id="65f000000000000000000001:1:65f0000000000000000000c1",
        type="alarm.raised",
        title="Pump too hot: pump 7 raised (major)",
        text="temperature was 93 (limit 80).",
        at=datetime(2027, 1, 15, 8, 0, tzinfo=UTC),
        severity="major",
        topic="65f000000000000000000001",
        path="/alarms/65f000000000000000000001",
        data={"alarms": [{"id": "65f000000000000000000001"}]},
    )
