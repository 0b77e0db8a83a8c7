"""The rate limit on the image's Redis; unit/web runs the same tests on the fake."""

import pytest

from qlines.clients import redis as redis_client
from qlines.errors import StoreUnavailableError
from tests.contracts.throttle import ThrottleContract
from tests.harness import daemon
from tests.harness.deadline import eventually


@pytest.fixture(scope="module")
def server(image):
    with daemon.redis(image) as running:
        client = redis_client.connect(f"redis://{running.address}/0")
        eventually(lambda: _answers(client), 30, "Redis answers")
        yield client
        client.close()


def _answers(client):
    try:
        with redis_client.raising_unavailable():
            return client.ping()
    except StoreUnavailableError:
        return False


@pytest.fixture
def redis(server):
    server.flushall()
    return server


class TestThrottle(ThrottleContract):
    pass
