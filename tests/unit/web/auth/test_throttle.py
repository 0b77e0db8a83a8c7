"""The rate limit on the fake Redis; integration/web runs the same tests on a real one."""

import pytest

from tests.contracts.throttle import ThrottleContract
from tests.fakes.stores import FakeRedis


@pytest.fixture
def redis():
    return FakeRedis()


class TestThrottle(ThrottleContract):
    pass
