import pytest
from flask import Flask, g

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.web.registry_wait import RegistryWait, await_removal, await_token


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


def add():
    await_token("t1")


def remove():
    await_removal("d1")


def answered_after(registry, clock, view=add, *, status=201):
    app = Flask("test")
    RegistryWait(registry, clock).init_app(app)
    app.add_url_rule("/", "view", lambda: (view() or "", status))
    started = clock.monotonic()

    assert app.test_client().get("/").status_code == status

    return clock.monotonic() - started


def test_it_answers_at_once_when_the_registry_has_the_new_token(clock):
    assert answered_after(FakeRegistry(0), clock) == 0


def test_it_holds_the_answer_back_until_the_registry_has_the_new_token(clock):
    assert answered_after(FakeRegistry(4), clock) == pytest.approx(0.02)


def test_it_holds_the_answer_back_until_a_removed_device_is_gone(clock):
    assert answered_after(FakeRegistry(4), clock, remove) == pytest.approx(0.02)


def test_it_does_not_wait_for_a_request_that_changes_nothing(clock):
    assert answered_after(FakeRegistry(4), clock, lambda: None) == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/api/devices", {"name": "pump"}, "awaited_token"),
        ("POST", "/api/devices/{}/token", {}, "awaited_token"),
        ("POST", "/api/devices/import", {"csv": "name\npump\n"}, "awaited_token"),
        ("DELETE", "/api/devices/{}", None, "awaited_removal"),
        ("POST", "/api/devices/remove", {"devices": ["{}"]}, "awaited_removal"),
    ],
)
def test_a_change_of_who_may_connect_is_waited_for(world, alice, method, path, body, expected):
    if body and "devices" in body:
        body = {"devices": [alice.device_id]}

    with world.app.app_context():
        answer = alice.call(method, path.format(alice.device_id), json=body)

        assert answer.status_code < 300
        assert [name for name in ("awaited_token", "awaited_removal") if name in g] == [expected]


def test_it_answers_after_two_seconds_at_the_latest(clock):
    assert answered_after(FakeRegistry(1_000_000), clock) == pytest.approx(2, abs=0.01)


def test_it_does_not_wait_for_a_change_that_was_refused(clock):
    assert answered_after(FakeRegistry(4), clock, status=409) == 0


def test_it_does_not_wait_for_a_file_that_was_never_built(clock):
    outage = StoreUnavailableError("registry", FileNotFoundError("data.mdb"))

    assert answered_after(FakeRegistry(4, outage), clock) == 0
