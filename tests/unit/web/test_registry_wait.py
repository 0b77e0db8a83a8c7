import pytest
from flask import Flask

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.web.registry_wait import RegistryWait


class FakeRegistry:
    """Has the change after so many look-ups."""

    def __init__(self, look_ups, outage=None):
        self.look_ups = look_ups
        self.outage = outage

    def device_by_token(self, token, now_us):
        assert token == "t1"
        return self._look_up(known="a device", unknown=None)

    def device(self, device_id):
        assert device_id == "d1"
        return self._look_up(known=None, unknown="a device")

    def _look_up(self, known, unknown):
        if self.outage:
            raise self.outage
        self.look_ups -= 1
        return known if self.look_ups < 0 else unknown


@pytest.fixture
def clock():
    return FakeClock()


def answered_after(registry, clock, *, method="POST", status=201):
    app = Flask("test")
    RegistryWait(registry, clock).init_app(app)
    app.add_url_rule(
        "/add", "devices.add_device", lambda: ({"token": "t1"}, status), methods=["POST"]
    )
    app.add_url_rule(
        "/remove/<device_id>", "devices.remove_device", lambda device_id: ("", 204),
        methods=["DELETE"],
    )  # fmt: skip
    started = clock.monotonic()
    path = "/add" if method == "POST" else "/remove/d1"
    answer = app.test_client().open(path, method=method)
    assert answer.status_code == (status if method == "POST" else 204)
    return clock.monotonic() - started


def test_it_answers_at_once_when_the_registry_has_the_new_token(clock):
    assert answered_after(FakeRegistry(0), clock) == 0


def test_it_holds_the_answer_back_until_the_registry_has_the_new_token(clock):
    assert answered_after(FakeRegistry(4), clock) == pytest.approx(0.02)


def test_it_holds_the_answer_back_until_a_removed_device_is_gone(clock):
    assert answered_after(FakeRegistry(4), clock, method="DELETE") == pytest.approx(0.02)


def test_it_answers_after_two_seconds_at_the_latest(clock):
    assert answered_after(FakeRegistry(1_000_000), clock) == pytest.approx(2, abs=0.01)


def test_it_does_not_wait_for_a_change_that_was_refused(clock):
    assert answered_after(FakeRegistry(4), clock, status=409) == 0


def test_it_does_not_wait_for_a_file_that_was_never_built(clock):
    outage = StoreUnavailableError("registry", FileNotFoundError("data.mdb"))

    assert answered_after(FakeRegistry(4, outage), clock) == 0
