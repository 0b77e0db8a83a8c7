import json

import pytest
import redis
from socketio import RedisManager

from qlines.errors import StoreUnavailableError
from qlines.live.publish import message, publish
from qlines.redis_names import SOCKETIO_CHANNEL

POINTS = {"a": [(5, 1.5)], "b": [(5, "x")]}


class RecordingManager(RedisManager):
    def _publish(self, data):
        self.published = json.loads(self.json.dumps(data))


def test_the_message_is_the_one_of_python_socketio():
    theirs = RecordingManager(channel=SOCKETIO_CHANNEL, write_only=True)
    theirs.emit("readings", {"device": "d", "values": POINTS}, room="device:d")

    ours = json.loads(message("d", POINTS))

    assert ours | {"host_id": ""} == theirs.published | {"host_id": ""}


def test_it_publishes_on_the_channel_of_flask_socketio():
    published = []

    class Redis:
        def publish(self, channel, text):
            published.append((channel, text))

    publish(Redis(), "d", POINTS)

    assert published == [("flask-socketio", message("d", POINTS))]


def test_it_raises_store_unavailable_when_redis_does_not_answer():
    class Redis:
        def publish(self, _channel, _text):
            raise redis.ConnectionError("refused")

    with pytest.raises(StoreUnavailableError, match="redis"):
        publish(Redis(), "d", POINTS)
