import pytest
from flask import Flask

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.web.registry_wait import RegistryWait


class FakeDoor:
    """Knows of a change after so many looks."""

    def __init__(self, looks, outage=None):
        self.looks = looks
        self.outage = outage

    def device_by_token(self, token, now_us):
        assert token == "t1"
        return self._look(known="a device", unknown=None)

    def device(self, device_id):
        assert device_id == "d1"
        return self._look(known=None, unknown="a device")

    def _look(self, known, unknown):
        if self.outage:
            raise self.outage
        self.looks -= 1
        return known if self.looks < 0 else unknown


@pytest.fixture
def clock():
    return FakeClock()


def answered_after(door, clock, *, method="POST", status=201):
    app = Flask("test")
    RegistryWait(door, clock).init_app(app)
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


def test_it_answers_at_once_when_the_door_knows_the_new_token(clock):
    assert answered_after(FakeDoor(0), clock) == 0


def test_it_holds_the_answer_back_until_the_door_knows_the_new_token(clock):
    assert answered_after(FakeDoor(4), clock) == pytest.approx(0.02)


def test_it_holds_the_answer_back_until_a_removed_device_is_gone(clock):
    assert answered_after(FakeDoor(4), clock, method="DELETE") == pytest.approx(0.02)


def test_it_answers_after_two_seconds_whatever_the_door_knows(clock):
    assert answered_after(FakeDoor(1_000_000), clock) == pytest.approx(2, abs=0.01)


def test_it_does_not_wait_for_a_change_that_was_refused(clock):
    assert answered_after(FakeDoor(4), clock, status=409) == 0


def test_it_does_not_wait_for_a_file_that_was_never_built(clock):
    outage = StoreUnavailableError("registry", FileNotFoundError("data.mdb"))

    assert answered_after(FakeDoor(4, outage), clock) == 0
