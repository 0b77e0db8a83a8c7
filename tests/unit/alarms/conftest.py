import pytest

from tests.unit.alarms.stage import ABOVE_80, Stage


@pytest.fixture
def stage(monkeypatch):
    return Stage(monkeypatch)


@pytest.fixture
def hot(stage):
    """Return a stage with a device, a rule about it, and an evaluator that has begun."""
    stage.add_device()
    stage.add_rule(ABOVE_80)
    stage.start()
    stage.run(1)
    return stage
