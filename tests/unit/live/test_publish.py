import json

import pytest
import redis
from socketio import RedisManager

from qlines.errors import StoreUnavailableError
from qlines.live.publish import CHANNEL, message, publish

POINTS = {"a": [(5, 1.5)], "b": [(5, "x")]}


class ManagerThatTells(RedisManager):
    def _publish(self, data):
        self.told = json.loads(self.json.dumps(data))


def test_it_says_what_python_socketio_says():
    theirs = ManagerThatTells(channel=CHANNEL, write_only=True)
    theirs.emit("readings", {"device": "d", "values": POINTS}, room="device:d")

    ours = json.loads(message("d", POINTS))

    assert ours | {"host_id": ""} == theirs.told | {"host_id": ""}


def test_it_publishes_on_the_channel_of_flask_socketio():
    told = []

    class Redis:
        def publish(self, channel, text):
            told.append((channel, text))

    publish(Redis(), "d", POINTS)

    assert told == [("flask-socketio", message("d", POINTS))]


def test_it_says_that_redis_is_away():
    class Redis:
        def publish(self, _channel, _text):
            raise redis.ConnectionError("refused")

    with pytest.raises(StoreUnavailableError, match="redis"):
        publish(Redis(), "d", POINTS)
