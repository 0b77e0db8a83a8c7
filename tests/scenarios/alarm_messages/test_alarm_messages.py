"""The story of a pump that becomes too hot, and of the program that is called then.

The message is there when the pump is, signed, and once. When the one who sends it is killed while
it sends, the same message comes again under the same id; and what was to be sent when Redis lost
everything is sent anyway.
"""

import threading

import pytest
from standardwebhooks.webhooks import Webhook

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.webhook_receiver import WebhookReceiver

FLUSH = "from redis import Redis; Redis(unix_socket_path='/run/qlines/redis.sock').flushall()"
LIMIT = 80
SECONDS = 20
# The job that was killed has the channel for so long (jobs/delivery.py).
AFTER_KILL_SECONDS = 90


@pytest.fixture
def receiver(killable_appliance):
    """Yield a program on this machine, at the address by which containers reach it."""
    receiver = WebhookReceiver.beside(killable_appliance.name)
    yield receiver
    receiver.close()


@pytest.fixture
def channel(owner, receiver):
    """Return the owner's channel to the receiver, with its secret."""
    fields = {"name": "my program", "type": "webhook", "settings": {"url": receiver.url("/alarms")}}
    answer = owner.api.post("/api/channels", json=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def hot(killable_appliance, owner, channel):
    """Yield what sends a hot reading of a pump, of which a rule makes an alarm."""
    assert channel["enabled"]
    pump = owner.new_device("pump")
    condition = {"kind": "above", "key": "temperature", "limit": LIMIT}
    rule = {
        "name": "Pump too hot",
        "scope": {"type": "device", "value": pump.id},
        "levels": [{"severity": "critical", "conditions": [condition]}],
    }
    answer = owner.api.post("/api/alarm-rules", json=rule)
    assert answer.status_code == 201, answer.text
    path = f"/api/alarm-rules/{answer.json()['id']}"
    eventually(lambda: owner.api.document(path)["evaluated_at"], SECONDS, "it is evaluated")
    with MqttDevice(killable_appliance, pump.token) as device:
        yield lambda: device.publish({"temperature": LIMIT + 1})


def deliveries(owner, channel):
    return owner.api.get(f"/api/channels/{channel['id']}/deliveries").json()


def test_a_hot_pump_is_one_signed_message(owner, receiver, channel, hot):
    assert hot()
    eventually(lambda: receiver.requests, SECONDS, "the message has come")

    (request,) = receiver.requests
    message = Webhook(channel["secret"]).verify(request.body, dict(request.headers))
    assert message["type"] == "alarm.raised"
    assert [alarm["value"] for alarm in message["data"]["alarms"]] == [LIMIT + 1]
    eventually(lambda: deliveries(owner, channel), SECONDS, "it is in the log of the channel")


def test_a_message_whose_sender_is_killed_comes_again_under_the_same_id(
    killable_appliance, owner, receiver, channel, hot
):
    is_killed = threading.Event()

    def answer_after_the_kill(_):
        is_killed.wait(SECONDS)
        return 200, {}, b""

    receiver.answer = answer_after_the_kill
    assert hot()
    eventually(lambda: receiver.requests, SECONDS, "the message has come")
    killed = killable_appliance.kill_family("messenger")
    killable_appliance.wait_for_program("messenger", other_than=killed)
    is_killed.set()  # not before: on a busy machine a process may live on for a moment

    eventually(lambda: len(receiver.requests) == 2, AFTER_KILL_SECONDS, "it has come again")
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    eventually(
        lambda: [one["state"] for one in deliveries(owner, channel)] == ["sent"],
        SECONDS, "it is noted once",
    )  # fmt: skip


def test_a_redis_that_has_lost_all_jobs_costs_no_message(
    killable_appliance, owner, receiver, channel, hot
):
    killable_appliance.supervisor("stop", "messenger")
    try:
        assert hot()
        eventually(lambda: deliveries(owner, channel), SECONDS, "the message is to be sent")
        killable_appliance.python(FLUSH)
    finally:
        killable_appliance.supervisor("start", "messenger")

    eventually(lambda: receiver.requests, SECONDS, "the message has come")
