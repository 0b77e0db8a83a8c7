import pytest
from flask import Flask, g

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
    path = "/add" if method == "POST" else "/remove/d1"
    return seconds_of(app, clock, path, method, expected=status if method == "POST" else 204)


def seconds_of(app, clock, path, method, *, expected, **options):
    started = clock.monotonic()
    answer = app.test_client().open(path, method=method, **options)
    assert answer.status_code == expected
    return clock.monotonic() - started


def test_it_answers_at_once_when_the_registry_has_the_new_token(clock):
    assert answered_after(FakeRegistry(0), clock) == 0


def test_it_holds_the_answer_back_until_the_registry_has_the_new_token(clock):
    assert answered_after(FakeRegistry(4), clock) == pytest.approx(0.02)


def test_it_holds_the_answer_back_until_a_removed_device_is_gone(clock):
    assert answered_after(FakeRegistry(4), clock, method="DELETE") == pytest.approx(0.02)


def test_it_waits_for_the_last_one_of_many_that_were_removed(clock):
    app = Flask("test")
    RegistryWait(FakeRegistry(4), clock).init_app(app)
    app.add_url_rule("/remove", "device_lists.remove", lambda: ("", 200), methods=["POST"])

    seconds = seconds_of(app, clock, "/remove", "POST", expected=200, json={"devices": ["x", "d1"]})

    assert seconds == pytest.approx(0.02)


def test_it_waits_for_the_last_device_of_an_import(clock):
    class Registry(FakeRegistry):
        def device(self, device_id):
            return self.device_by_token("t1", 0) if device_id == "d1" else None

    def add_many():
        g.added_device = "d1"
        return ""

    app = Flask("test")
    RegistryWait(Registry(4), clock).init_app(app)
    app.add_url_rule("/import", "import", add_many, methods=["POST"])

    assert seconds_of(app, clock, "/import", "POST", expected=200) == pytest.approx(0.02)


def test_it_answers_after_two_seconds_at_the_latest(clock):
    assert answered_after(FakeRegistry(1_000_000), clock) == pytest.approx(2, abs=0.01)


def test_it_does_not_wait_for_a_change_that_was_refused(clock):
    assert answered_after(FakeRegistry(4), clock, status=409) == 0


def test_it_does_not_wait_for_a_file_that_was_never_built(clock):
    outage = StoreUnavailableError("registry", FileNotFoundError("data.mdb"))

    assert answered_after(FakeRegistry(4, outage), clock) == 0
