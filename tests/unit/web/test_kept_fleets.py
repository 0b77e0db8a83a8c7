"""A fleet is asked for again and again, and no request waits for it but the first."""

import pytest
from bson import ObjectId

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.store.device_search import NamedDevice
from qlines.web.kept_fleets import Fleet, KeptFleets

AMY, BOB = ObjectId(), ObjectId()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def ask(clock):
    """Return a function that asks for a fleet and returns the number of its computation.

    What it would do in the background is in ask.waiting, to be run by the test.
    """
    waiting, computed, registry = [], [], {"generation": 1}
    fleets = KeptFleets(lambda: registry["generation"], waiting.append)

    def ask_for(owner, during=lambda: None):
        def compute():
            computed.append(owner)
            number = len(computed)
            during()
            return Fleet([NamedDevice("id", str(number))], {}, True)

        return int(fleets.of(owner, clock, compute).named[0].name)

    ask_for.fleets, ask_for.waiting, ask_for.registry = fleets, waiting, registry
    return ask_for


def test_it_is_kept_for_two_seconds_and_then_computed_in_the_background(clock, ask):
    assert ask(AMY) == 1
    clock.advance(1.9)
    assert ask(AMY) == 1
    assert not ask.waiting

    clock.advance(0.2)
    assert ask(AMY) == 1
    ask.waiting.pop()()
    assert ask(AMY) == 2


def test_one_computation_in_the_background_is_enough(clock, ask):
    ask(AMY)
    clock.advance(3)

    assert (ask(AMY), ask(AMY)) == (1, 1)

    assert len(ask.waiting) == 1


def test_after_half_a_minute_it_is_too_old_to_be_shown(clock, ask):
    assert ask(AMY) == 1

    clock.advance(30.1)

    assert ask(AMY) == 2
    assert not ask.waiting


def test_a_change_is_shown_at_once_while_the_background_still_computes(clock, ask):
    ask(AMY)
    clock.advance(3)
    assert ask(AMY, during=ask.fleets.clear) == 1

    ask.waiting.pop()()  # the second one; the change comes while it runs, so it is not kept

    assert ask(AMY) == 3


@pytest.mark.parametrize(
    "error", [StoreUnavailableError("mongodb", OSError("refused")), KeyError("a fault of ours")]
)
def test_the_background_says_why_it_failed_and_is_tried_again(clock, ask, caplog, error):
    def fail():
        raise error

    ask(AMY)
    clock.advance(3)
    assert ask(AMY, during=fail) == 1
    ask.waiting.pop()()
    assert str(error) in caplog.text

    assert ask(AMY) == 1
    ask.waiting.pop()()
    assert ask(AMY) == 3


def test_everybody_has_their_own(ask):
    assert (ask(AMY), ask(BOB), ask(AMY)) == (1, 2, 1)


def test_after_a_change_it_is_computed_again(ask):
    assert ask(AMY) == 1

    ask.fleets.clear()

    assert ask(AMY) == 2


def test_what_another_program_changed_is_there_at_once(ask):
    assert ask(AMY) == 1

    ask.registry["generation"] += 1

    assert (ask(AMY), ask(AMY)) == (2, 2)


def test_what_changes_while_it_is_computed_is_there_with_the_next_request(ask):
    def change():
        ask.registry["generation"] += 1

    assert (ask(AMY, during=change), ask(AMY), ask(AMY)) == (1, 2, 2)


def test_what_was_computed_while_something_changed_is_not_kept(ask):
    assert ask(AMY, during=ask.fleets.clear) == 1

    assert ask(AMY) == 2
