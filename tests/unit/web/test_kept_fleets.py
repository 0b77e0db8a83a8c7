"""A fleet is asked for again and again within seconds, and computed once."""

import pytest
from bson import ObjectId

from qlines.clock import FakeClock
from qlines.store.devices import NamedDevice
from qlines.web.kept_fleets import Fleet, KeptFleets

AMY, BOB = ObjectId(), ObjectId()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def ask(clock):
    """Return a function that asks for a fleet and returns the number of its computation."""
    fleets, computed = KeptFleets(), []

    def ask_for(owner, during=lambda: None):
        def compute():
            computed.append(owner)
            number = len(computed)
            during()
            return Fleet([NamedDevice("id", str(number))], {}, True)

        return int(fleets.of(owner, clock, compute).named[0].name)

    ask_for.fleets = fleets
    return ask_for


def test_it_is_kept_for_two_seconds(clock, ask):
    assert ask(AMY) == 1
    clock.advance(1.9)
    assert ask(AMY) == 1
    clock.advance(0.2)
    assert ask(AMY) == 2


def test_everybody_has_their_own(ask):
    assert (ask(AMY), ask(BOB), ask(AMY)) == (1, 2, 1)


def test_after_a_change_it_is_computed_again(ask):
    assert ask(AMY) == 1

    ask.fleets.clear()

    assert ask(AMY) == 2


def test_what_was_computed_while_something_changed_is_not_kept(ask):
    assert ask(AMY, during=ask.fleets.clear) == 1

    assert ask(AMY) == 2
