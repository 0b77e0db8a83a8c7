"""The rate limit on the image's Redis; unit/web runs the same tests on the fake."""

import pytest

from tests.contracts.throttle import ThrottleContract
from tests.harness import daemon
from tests.harness.ready_stores import ready_redis


@pytest.fixture(scope="module")
def server(image):
    with ready_redis(daemon.redis(image)) as client:
        yield client


@pytest.fixture
def redis(server):
    server.flushall()
    return server


class TestThrottle(ThrottleContract):
    pass
