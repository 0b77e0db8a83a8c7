"""Which ends of programs end the container; the events are supervisor's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from supervisor import events
from supervisor.events import ProcessStateExitedEvent, ProcessStateFatalEvent
from supervisor.states import ProcessStates, SupervisorStates

from appliance.shared.supervise import ending, output


@pytest.fixture(autouse=True)
def _forget_reasons() -> Iterator[None]:
    yield
    ending._reasons.clear()
    output.last_lines.clear()


class Container:
    """A supervisord with one listener, and the file it writes to."""

    def __init__(self, folder: Path) -> None:
        self.options = SimpleNamespace(mood=SupervisorStates.RUNNING)
        self.file = folder / "log" / "why-it-ended.txt"
        self._listener = ending.ProgramEndListener(self, ["kafka", "redis"], "init", self.file)

    @property
    def is_ending(self) -> bool:
        return self.options.mood == SupervisorStates.SHUTDOWN

    def note_of_stops(self, file: Path) -> Callable[[], None]:
        """Return what supervisord calls when it stops."""
        self._listener.note_orderly_stops(file)
        callback = events.callbacks.pop()[1]
        return lambda: callback(events.SupervisorStoppingEvent())

    def fatal(self, name: str, *, autostart: bool = True) -> None:
        event = ProcessStateFatalEvent(_process(name, autostart=autostart), ProcessStates.BACKOFF)
        self._listener.on_change(event)

    def exited(self, name: str, *, expected: bool) -> None:
        event = ProcessStateExitedEvent(_process(name), ProcessStates.RUNNING, expected)
        self._listener.on_change(event)


def _process(name: str, *, autostart: bool = True) -> Any:
    config = SimpleNamespace(name=name, autostart=autostart)
    return SimpleNamespace(config=config, dispatchers={}, pid=7)


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path)


def test_a_program_that_the_container_needs_ends_it(container: Container) -> None:
    output.last_lines["kafka"] = output.deque(["no space left on device"])

    container.fatal("kafka")

    assert container.is_ending
    assert ending.exit_code() == 1
    assert "kafka could not be started" in container.file.read_text()
    assert "    no space left on device\n" in container.file.read_text()


def test_another_program_does_not_end_it(container: Container) -> None:
    container.fatal("cron")

    assert not container.is_ending
    assert ending.exit_code() == 0
    assert not container.file.exists()


def test_a_store_that_a_move_back_has_started_beside_those_in_use_does_not_end_it(
    container: Container,
) -> None:
    container.fatal("kafka", autostart=False)

    assert not container.is_ending
    assert not container.file.exists()


def test_a_one_shot_may_fail_four_times(container: Container) -> None:
    for _ in range(4):
        container.exited("init", expected=False)

    container.exited("init", expected=True)

    assert not container.is_ending


def test_a_one_shot_that_fails_five_times_ends_it(container: Container) -> None:
    for _ in range(5):
        container.exited("init", expected=False)

    assert container.is_ending
    assert "init failed 5 times" in container.file.read_text()


def test_only_the_first_reason_is_written(container: Container) -> None:
    container.fatal("kafka")
    container.fatal("redis")

    assert "redis" not in container.file.read_text()


def test_the_file_begins_again_when_it_has_grown_too_large(
    container: Container, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "_MAX_LOG_BYTES", 10)
    container.file.parent.mkdir()
    container.file.write_text("the reasons of many nights\n")

    container.fatal("kafka")

    assert "nights" not in container.file.read_text()


def test_it_ends_the_container_even_when_the_reason_cannot_be_written(
    container: Container, capsys: pytest.CaptureFixture[str]
) -> None:
    container.file.mkdir(parents=True)

    container.fatal("kafka")

    assert container.is_ending
    assert "could not write" in capsys.readouterr().out


def test_a_stop_is_orderly_unless_a_program_ended_it(container: Container, tmp_path: Path) -> None:
    file = tmp_path / "stopped-in-order"
    note = container.note_of_stops(file)

    container.fatal("kafka")
    note()
    assert not file.exists()
    ending._reasons.clear()
    note()
    assert file.exists()


def test_a_disk_that_cannot_be_written_does_not_keep_it_from_stopping(
    container: Container, tmp_path: Path
) -> None:
    file = tmp_path / "missing" / "stopped-in-order"
    note = container.note_of_stops(file)

    note()

    assert not file.exists()
