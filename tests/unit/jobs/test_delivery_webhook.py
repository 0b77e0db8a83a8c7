"""The job that sends, with webhooks that answer as Standard Webhooks foresees."""

import socket
from datetime import timedelta

from qlines.clock import SystemClock
from qlines.jobs import message_means
from qlines.jobs.delivery import Delivery
from qlines.messengers import by_type
from qlines.settings import Settings
from qlines.store import channels
from qlines.webhook import addresses
from qlines.webhook.http import Response
from tests.fakes.alarm_messages import Stage

WEBHOOK = {"url": "https://example.com/alarms"}


class Hooked(Stage):
    """A webhook whose answers come from *answers*."""

    def __init__(self):
        super().__init__()
        self.answers = []
        self.hook = self.add_channel(channel_type="webhook", settings=WEBHOOK)

    def request(self, _url, _request):
        return self.answers.pop(0)

    def _send(self, channel_type, settings, message, _means):
        self.sent.append(message)
        return by_type.send(channel_type, settings, message, self.means(http=self))


def test_j41_301_is_a_failure_410_ends_it_and_429_waits_for_retry_after():
    stage = Hooked()
    stage.answers = [
        Response(301, {"location": "https://b.example/"}, b""),
        Response(429, {"retry-after": "30"}, b""),
        Response(410, {}, b""),
    ]
    stage.raise_alarm()
    stage.plan_and_deliver(stage.hook)
    (one,) = stage.outbox()
    assert (one["state"], "301" in one["reason"]) == ("waiting", True)

    stage.advance(seconds=5)
    stage.deliver(stage.hook)
    (one,) = stage.outbox()
    assert one["due_at"] - stage.now >= timedelta(seconds=30)

    stage.advance(seconds=301)
    stage.deliver(stage.hook)
    assert channels.by_id(stage.db, stage.hook["_id"])["enabled"] is False


def test_j41_one_that_hangs_is_cut_off_after_20_seconds(socket_enabled, monkeypatch):
    assert socket_enabled is None
    assert message_means.SECONDS == 20
    monkeypatch.setattr(message_means, "SECONDS", 2.0)
    monkeypatch.setattr(addresses, "refusal", lambda *_, **__: "")
    settings = Settings.from_env({"QLINES_WEBHOOK_HTTP": "on"})
    stage = Stage()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        hook = stage.add_channel(channel_type="webhook", settings={"url": url})
        stage.raise_alarm()
        stage.plan()
        means = message_means.means_of(settings, SystemClock())
        Delivery(stage.db, means, stage.clock, random=lambda: 0.0).run(hook["owner"], is_slow=False)

    (one,) = stage.outbox()
    assert (one["state"], one["due_at"] - stage.now) == ("waiting", timedelta(seconds=5))
    assert one["reason"] == "it did not answer within 2 seconds"
