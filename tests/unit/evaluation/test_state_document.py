import bson
import pytest

from qlines.evaluation.machine import observe
from qlines.evaluation.sample import Presence, Sample
from qlines.evaluation.state import State
from qlines.evaluation.state_document import from_document, to_document
from tests.unit.evaluation.case import Device, above_80, at, condition, level, rule_of


def back(state):
    """Return the state that comes back from MongoDB."""
    return from_document(bson.decode(bson.encode(to_document(state))))


def pending():
    pump = Device(above_80(for_seconds=300))
    pump.sends("10:00", 70.5)
    pump.sends("10:01", 95)
    return pump.state


def active():
    pump = Device(rule_of(level(condition("rate", limit=1)), keep_for_seconds=60))
    pump.sends("10:00:00", 20)
    pump.sends("10:00:10", 95)
    return pump.state


def past():
    pump = Device(above_80())
    pump.sends("08:00", 95, arrives="10:00")
    return pump.state


def silent():
    rule = rule_of(
        level(condition("no_data", None, seconds=600), {"kind": "offline", "seconds": 60})
    )
    pump = Device(rule, State.new(at("09:00"), at("09:30")))
    pump.presence = Presence(False, at("10:00"))
    pump.waits_until("10:10")
    return pump.state


def of_objects():
    valve = Device(rule_of(level(condition("change", "valve")), keep_for_seconds=60))
    valve.sends("10:00", valve={"$state.now": ["shut", None]})
    valve.sends("10:01", valve={"$state.now": ["open", 1.5]})
    return valve.state


def by_hand():
    return active().cleared_by_hand()


@pytest.mark.parametrize(
    "make", [State.new, State.suppressed, pending, active, past, silent, of_objects, by_hand]
)
def test_nothing_is_lost(make):
    state = make()

    assert back(state) == state


def test_entries_share_their_folds_as_before():
    pump = Device(above_80())
    for n in range(60):
        pump.sends(f"10:00:{n:02}", 70)

    assert len(to_document(pump.state)["chain"]["folds"]) == 1


def test_it_is_small_enough_to_be_stored_with_each_reading():
    rule, state = above_80(for_seconds=300), State.new()
    for n in range(1_000):
        moment = at("10:00") + n * 10_000_000
        state = observe(rule, state, Sample(moment, moment, {"temperature": 95.5}), {}).state

    assert len(bson.encode(to_document(state))) < 8_000
