import pytest

from tests.fakes.alarm_messages import Stage


@pytest.fixture
def stage():
    return Stage()
