"""How long supervisord waits for its next look at the programs."""

from types import SimpleNamespace
from typing import Any

import pytest
from supervisor import events
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates

from appliance.shared.supervise import polling


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return the clock; its *seconds* may be set."""
    clock = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(polling.time, "monotonic", lambda: clock.seconds)
    return clock


@pytest.fixture
def supervisord() -> Any:
    """Return supervisord's parts that are patched, with a poll that returns its timeout."""
    options = SimpleNamespace(
        mood=SupervisorStates.RUNNING, poller=SimpleNamespace(poll=lambda timeout: timeout)
    )
    return SimpleNamespace(options=options)


@pytest.fixture
def poll(now: SimpleNamespace, supervisord: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the poll that supervisord calls once the extension is loaded, as supervisord does."""
    monkeypatch.setattr(events, "callbacks", [])
    polling.make_extension(supervisord)
    return lambda: supervisord.options.poller.poll(1)


def test_it_polls_briefly_just_after_the_start(poll: Any) -> None:
    assert poll() == 0.05


def test_it_polls_calmly_when_nothing_has_changed_for_two_seconds(
    poll: Any, now: SimpleNamespace
) -> None:
    now.seconds += 2.1

    assert poll() == 1


def test_it_polls_briefly_after_a_program_has_changed(poll: Any, now: SimpleNamespace) -> None:
    now.seconds += 60

    events.notify(events.ProcessStateRunningEvent(SimpleNamespace(pid=7), None))

    assert poll() == 0.05


def test_it_polls_briefly_while_it_is_stopping(
    poll: Any, now: SimpleNamespace, supervisord: Any
) -> None:
    now.seconds += 60
    supervisord.options.mood = SupervisorStates.SHUTDOWN

    assert poll() == 0.05


def test_supervisord_polls_by_an_attribute_of_its_options() -> None:
    options = ServerOptions()

    assert callable(options.poller.poll)
