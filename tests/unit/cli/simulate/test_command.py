import argparse
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qlines.cli.console import DONE, FAILED, Console
from qlines.cli.simulate import command
from qlines.cli.simulate.command import RegistryLagError
from qlines.clock import FakeClock
from qlines.errors import FieldError


def arguments(**changes: Any) -> argparse.Namespace:
    defaults = {"devices": 20, "rate": None, "seconds": None, "mqtt": "127.0.0.1:1883"}
    return argparse.Namespace(**defaults | changes)


def container(*roles: str) -> Any:
    return SimpleNamespace(data_dir=Path(), roles=frozenset(roles))


def test_it_returns_the_address_of_the_broker() -> None:
    assert command.check(arguments(mqtt="mqtt.example.com:8883")) == ("mqtt.example.com", 8883)


@pytest.mark.parametrize(
    "changes", [{"devices": 0}, {"devices": 5001}, {"rate": 0}, {"seconds": -1}, {"mqtt": "1883"}]
)
def test_it_refuses_invalid_arguments(changes: dict[str, Any]) -> None:
    with pytest.raises(FieldError):
        command.check(arguments(**changes))


def test_it_waits_until_the_registry_file_has_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    answers = [False, False, True, True]
    monkeypatch.setattr(command, "has_token", lambda *_: answers.pop(0))

    command.wait_until_accepted(container("registry"), "token", clock)

    assert answers == []


def test_it_gives_up_when_the_registry_file_does_not_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = FakeClock()
    started = clock.monotonic()
    monkeypatch.setattr(command, "has_token", lambda *_: False)

    with pytest.raises(RegistryLagError, match="within 30 s: check the program registry"):
        command.wait_until_accepted(container("registry"), "token", clock)

    assert clock.monotonic() - started == pytest.approx(30, abs=0.1)


def test_a_container_without_the_program_registry_has_nothing_to_wait_for() -> None:
    clock = FakeClock()
    started = clock.monotonic()

    command.wait_until_accepted(container("healthd"), "token", clock)

    assert clock.monotonic() == started


def test_a_registry_file_that_was_never_built_has_no_token(tmp_path: Path) -> None:
    assert not command.has_token(tmp_path, "token", 0)


COUNTS = {"sent": 100, "acknowledged": 100, "held_back": 0, "answered": 0}


def summary(capsys: pytest.CaptureFixture[str], **counts: int) -> tuple[int, dict[str, Any]]:
    publisher: Any = SimpleNamespace(**COUNTS | counts)
    context: Any = SimpleNamespace(console=Console(with_json=True))
    status = command.print_summary(context, publisher, rate=None, seconds=10)
    return status, json.loads(capsys.readouterr().out)


def test_the_summary_has_the_counts_and_the_actual_rate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert summary(capsys, held_back=3, answered=2) == (
        DONE,
        COUNTS | {"held_back": 3, "answered": 2, "messages_per_second": 10.0},
    )


@pytest.mark.parametrize(
    ("answered", "said"), [(0, ""), (1, "answered 1 command,"), (2, "answered 2 commands,")]
)
def test_the_summary_for_people_says_how_many_commands_were_answered(
    capsys: pytest.CaptureFixture[str], answered: int, said: str
) -> None:
    publisher: Any = SimpleNamespace(**COUNTS | {"answered": answered})
    context: Any = SimpleNamespace(console=Console(with_json=False))

    command.print_summary(context, publisher, rate=None, seconds=10)

    summary = capsys.readouterr().out
    assert said in summary
    assert ("answered" in summary) == bool(said)


def test_a_missing_acknowledgement_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    status, _ = summary(capsys, acknowledged=99)

    assert status == FAILED


@pytest.mark.parametrize(("rate", "is_kept"), [(10, True), (10.2, True), (11, False)])
def test_the_summary_says_when_the_rate_was_not_kept(
    capsys: pytest.CaptureFixture[str], rate: float, is_kept: bool
) -> None:
    publisher: Any = SimpleNamespace(**COUNTS)
    context: Any = SimpleNamespace(console=Console(with_json=False))

    command.print_summary(context, publisher, rate=rate, seconds=10)

    assert ("could not keep the rate" not in capsys.readouterr().out) == is_kept
