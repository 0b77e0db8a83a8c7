"""The story of alarms over twenty changes of the active side: none is lost, none said twice.

Ten devices cross a limit up and down, by a proxy that leads them to the side that is ready, and
repeat what was not acknowledged; others send beside them. Ten times the active side hands over in
order, ten times it is killed with everything that it was doing. In the end there is one alarm for
each time that a device became hot, for a rule that says so at once and for one that waits, and each
has ended. Each event of each alarm has reached the owner's program under one id. Of a device that
has moved nobody says that it was silent, and of one that has stopped everybody does, once.
"""

import pytest

from tests.harness.people import new_person
from tests.harness.twin_alarms import KINDS, SENDERS, Changes, TwinAlarms, beside
from tests.harness.twins import Twins
from tests.harness.webhook_receiver import WEBHOOKS_TO_THIS_MACHINE

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def twins(image, network, tmp_path_factory):
    twins = Twins(network, image, tmp_path_factory.mktemp("twins"), **WEBHOOKS_TO_THIS_MACHINE)
    try:
        yield twins
    finally:
        twins.remove()


@pytest.fixture(scope="module")
def owner(twins):
    """Return the owner at side a, after the pairing."""
    owner = new_person(twins.a.start(), "owner")
    twins.pair()
    return owner


@pytest.mark.timeout(3600)  # twenty changes, each of which waits until the twins are whole
def test_over_twenty_changes_of_the_active_side_nothing_is_lost_or_said_twice(
    twins, owner, tmp_path
):
    told = TwinAlarms(twins, owner)
    told.stop_one()
    tokens = [owner.new_device(f"beside {number}").token for number in range(SENDERS)]

    with told, beside(told.port, tokens, tmp_path):
        changes = Changes(twins, told)
        for kind in KINDS:
            changes.make(kind)
        told.find_stopped(changes.active)

    found = told.end(changes.active)
    assert found.is_exact, found
    assert found.alarms == sum(told.expected.values()) > 20 * len(KINDS)
