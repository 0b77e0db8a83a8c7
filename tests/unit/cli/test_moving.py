"""How `qlines drain` reports the devices that move to the other side."""

import json

import pytest

from appliance.shared.twin import Twin
from qlines.cli.console import Console
from qlines.cli.moving import GRACE_SECONDS, QUIET_SECONDS, Report
from qlines.clock import FakeClock

TWIN = Twin("a", "app", {"b": "vm-b:7444"})


class MovingSide(FakeClock):
    """A side whose devices leave while its clock runs: *per_second* of them."""

    def __init__(self, folder, devices, *, per_second, requests=0):
        super().__init__()
        self.folder, self.devices, self.per_second = folder, devices, per_second
        self.requests, self.moved = requests, 7  # some of an earlier drain
        (folder / "heartbeat").mkdir()
        self.write()

    def sleep(self, seconds):
        super().sleep(seconds)
        leaving = min(self.devices, int(self.per_second * seconds))
        self.devices, self.moved = self.devices - leaving, self.moved + leaving
        self.write()

    def write(self):
        broker = {"remote_connections": self.devices, "moved": self.moved}
        for program, counters in (
            ("mosquitto", broker), ("gunicorn", {"requests_in_hand": self.requests}),
        ):  # fmt: skip
            document = {"beat_at": self.now_us() / 1e6, "counters": counters}
            (self.folder / "heartbeat" / f"{program}.json").write_text(json.dumps(document))


@pytest.fixture
def report(tmp_path):
    def report(side, status="ok"):
        return Report(
            TWIN, tmp_path, Console(with_json=False), side,
            clients_per_second=200, status_of_other=lambda: status,
        )  # fmt: skip

    return report


def test_it_says_how_many_have_moved_until_nothing_is_left(report, tmp_path, capsys):
    side = MovingSide(tmp_path, 1000, per_second=1000)

    moved = report(side).wait()

    assert (moved.devices, moved.left) == (1000, "")
    assert capsys.readouterr().out.splitlines() == [
        "moved 0 of 1,000 devices", "moved 500 of 1,000 devices", "moved 1,000 of 1,000 devices",
    ]  # fmt: skip


def test_without_devices_it_says_nothing_and_waits_for_a_quiet_moment(report, tmp_path, capsys):
    side = MovingSide(tmp_path, 0, per_second=0)
    began = side.monotonic()

    assert report(side).wait().left == ""
    assert side.monotonic() - began >= QUIET_SECONDS
    assert capsys.readouterr().out == ""


def test_a_request_in_hand_is_waited_for_and_then_named(report, tmp_path):
    side = MovingSide(tmp_path, 0, per_second=0, requests=1)

    assert report(side).wait().left == "after 60 s side a still has 1 request"


def test_it_has_longer_for_more_devices(report, tmp_path):
    side = MovingSide(tmp_path, 20_000, per_second=0)
    began = side.monotonic()

    moved = report(side, "starting").wait()

    assert side.monotonic() - began == pytest.approx(GRACE_SECONDS + 200, abs=1)
    assert moved.left == (
        "after 260 s side a still has 20,000 devices; side b is starting, so devices stay"
    )


def test_it_does_not_take_silence_for_quiet(report, tmp_path):
    side = MovingSide(tmp_path, 0, per_second=0)
    side.write = lambda: (tmp_path / "heartbeat" / "gunicorn.json").unlink(missing_ok=True)

    assert "does not say what it carries" in report(side).wait().left
