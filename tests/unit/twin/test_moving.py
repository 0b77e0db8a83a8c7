"""Whether a drained side sends its devices to the other one."""

import pytest

from qlines.clock import FakeClock
from qlines.twin.moving import FILE, NOTICE_SECONDS, RENEW_SECONDS, Moving


class Side:
    """A side that may be drained, beside another with a status."""

    def __init__(self, folder):
        self.clock = FakeClock()
        self.since, self.other, self.asked = None, "ok", 0
        self.file = folder / FILE
        self.moving = Moving(
            folder, 200, drained_since=lambda: self.since, status_of_other=self.status,
            clock=self.clock,
        )  # fmt: skip

    def status(self):
        self.asked += 1
        return self.other

    def drain(self):
        self.since = self.clock.now_us() / 1e6
        self.clock.sleep(NOTICE_SECONDS)

    def rate(self):
        self.moving.run_once()
        return self.file.read_text() if self.file.exists() else None


@pytest.fixture
def side(tmp_path):
    return Side(tmp_path)


def test_nobody_moves_while_it_is_not_drained(side):
    assert side.rate() is None
    assert side.asked == 0


def test_devices_move_at_the_rate_once_it_is_drained(side):
    side.drain()

    assert side.rate() == "200\n"


def test_they_stay_until_the_proxies_have_noticed(side):
    side.since = side.clock.now_us() / 1e6
    side.clock.sleep(NOTICE_SECONDS - 0.5)

    assert side.rate() is None


@pytest.mark.parametrize("status", ["away", "starting", "down", "draining", "restoring"])
def test_they_stay_while_the_other_side_is_not_ready(side, status):
    side.drain()
    side.other = status

    assert side.rate() is None


def test_they_stay_from_the_moment_the_other_side_is_lost(side):
    side.drain()
    assert side.rate() == "200\n"
    side.other = "away"
    side.clock.sleep(RENEW_SECONDS)

    assert side.rate() is None


def test_the_file_is_renewed_once_a_second(side):
    side.drain()
    side.rate()
    side.file.unlink()

    side.clock.sleep(RENEW_SECONDS / 2)
    assert side.rate() is None
    side.clock.sleep(RENEW_SECONDS / 2)
    assert side.rate() == "200\n"


def test_a_resume_ends_it_at_once(side):
    side.drain()
    side.rate()
    side.since = None

    assert side.rate() is None


def test_a_drain_survives_a_restart(side, tmp_path):
    side.drain()

    again = Side(tmp_path)
    again.since = side.since
    again.clock.sleep(60)

    assert again.rate() == "200\n"


def test_each_change_is_one_line_in_the_log(side, caplog):
    caplog.set_level("INFO")
    side.drain()
    for status in ("away", "away", "ok", "ok"):
        side.other = status
        side.rate()
        side.clock.sleep(RENEW_SECONDS)

    assert caplog.messages == [
        "drained, but the devices stay: the other side is away",
        "drained: 200 devices a second go to the other side",
    ]
