"""The loop that keeps a sample of every minute."""

import logging
from pathlib import Path

import pytest

from healthcheck.day import file
from healthcheck.day.loop import Day
from healthcheck.day.sample import KEPT
from healthcheck.metrics.measurements import Measurements
from healthcheck.ready import Readiness
from healthcheck.report import View
from qlines.clock import FakeClock
from tests.unit.healthcheck.day.test_sample import DEEP


class Minutes:
    """A day whose minutes a test counts: 60 messages come in each."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.accepted = 0.0
        self.folder = folder
        self.day = self.restarted()

    def restarted(self) -> Day:
        """Return the day as a new process begins with it."""
        self.day = Day(self.folder, self.view, Measurements, self.clock)
        return self.day

    def view(self) -> View | None:
        """Return what healthd sees now."""
        return View(DEEP, Readiness("ok"), {"mosquitto": {"accepted": self.accepted}})

    def passed(self, count: int) -> None:
        """Let so many minutes pass."""
        for _ in range(count):
            self.clock.advance(60)
            self.accepted += 60
            self.day.step()


@pytest.fixture
def minutes(tmp_path: Path) -> Minutes:
    return Minutes(tmp_path)


def test_it_takes_a_sample_a_minute(minutes: Minutes) -> None:
    minutes.passed(3)

    assert [one.messages_per_second for one in minutes.day.samples] == [None, 1.0, 1.0]


def test_a_restart_of_the_checker_keeps_them(minutes: Minutes) -> None:
    minutes.passed(3)
    before = minutes.day.samples

    assert minutes.restarted().samples == before


def test_it_keeps_a_day_and_its_file_does_not_grow(minutes: Minutes) -> None:
    minutes.passed(2 * KEPT + 10)

    assert len(minutes.day.samples) == KEPT
    lines = (minutes.folder / file.NAME).read_text().splitlines()
    assert KEPT <= len(lines) <= 2 * KEPT


def test_before_the_first_view_there_is_no_sample(tmp_path: Path) -> None:
    day = Day(tmp_path, lambda: None, Measurements, FakeClock())

    day.step()

    assert day.samples == ()


def test_a_full_disk_costs_the_file_only(
    minutes: Minutes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(file, "replace", refuse)
    with caplog.at_level(logging.WARNING):
        minutes.passed(2)

    assert len(minutes.day.samples) == 2
    assert "no space left on device" in caplog.text
