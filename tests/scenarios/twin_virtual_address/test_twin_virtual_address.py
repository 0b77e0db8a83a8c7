"""The story of an address that two machines on one segment share: a visitor asks it all the time.

It is where a proxy serves, moves when its machine dies, when its proxy fails or when its VM is
drained, and stays where it is when nobody gains by a move.
"""

import time

import pytest

from tests.harness.deadline import PATIENCE, stays
from tests.harness.docker import CommandError, run
from tests.harness.segment import Machine, Visitor, free_address, image_under_test

# Three advertisements of 0.5 s that are missed, and up to 0.5 s more.
DEATH_SECONDS = 5
# What waits for an answer is repeated ever less often: TCP asks 3 s and 6.2 s after it asked first.
STAYING_SECONDS = 8
# Three questions of 1 s, and the same again.
FAILURE_SECONDS = 8


@pytest.fixture(scope="module")
def address_image(image):
    assert image
    return image_under_test()


@pytest.fixture(scope="module")
def address(network):
    return free_address(network)


@pytest.fixture(scope="module")
def machines(network, address_image, proxy_image, address):
    images = (address_image, proxy_image)
    machines = [Machine(name, network, images, address) for name in ("one", "two")]
    yield machines
    for machine in machines:
        machine.remove()


@pytest.fixture(scope="module")
def visitor(network, machines, proxy_image, address):
    assert machines
    return Visitor(network, proxy_image, address)


@pytest.fixture(scope="module")
def staying_visitor(network, machines, proxy_image, address):
    assert machines
    return Visitor(network, proxy_image, address, "keep")


@pytest.fixture
def pair(machines, visitor):
    """Return the machine that has the address, and the other one; both serve."""
    for machine in machines:
        machine.say()
        machine.wait_for("its proxy serves")
    has = next((one for one in machines if "this VM has" in one.state()), machines[0])
    visitor.wait_for(has.name)
    return has, next(one for one in machines if one is not has)


def test_the_machine_that_dies_is_replaced_and_gets_nothing_back_when_it_returns(
    pair, visitor, staying_visitor
):
    first, second = pair
    staying_visitor.wait_for(first.name)

    killed_at = time.time()
    first.kill()

    seconds = visitor.seconds_until(second.name, killed_at)
    assert seconds < DEATH_SECONDS * PATIENCE
    # Its connection fails, since the other machine does not know it, and does not hang.
    seconds = staying_visitor.seconds_until(second.name, killed_at)
    assert seconds < STAYING_SECONDS * PATIENCE

    first.start_again()
    first.wait_for("this VM does not have", "its proxy serves")
    stays(lambda: visitor.is_served_by(second.name), 2, "the address stays where it is")


def test_a_drained_vm_gives_the_address_up_and_gets_it_back_only_when_the_other_is_drained(
    pair, visitor
):
    first, second = pair

    drained_at = time.time()
    first.say(app="draining")
    visitor.wait_for(second.name)
    pause = visitor.longest_pause(drained_at)
    assert pause < 2 * PATIENCE
    first.wait_for("this VM does not have", "it is drained")

    first.say()
    first.wait_for("its proxy serves")
    stays(lambda: visitor.is_served_by(second.name), 2, "the address stays where it is")

    second.say(app="draining")
    visitor.wait_for(first.name)


def test_a_drained_vm_takes_the_address_when_the_other_one_dies(pair, visitor):
    first, second = pair
    second.say(app="draining")
    second.wait_for("it is drained")

    first.kill()

    visitor.wait_for(second.name)
    assert "it is drained" in second.state()
    first.start_again()
    visitor.wait_for(first.name)


def test_both_machines_are_alive_and_the_proxy_of_one_fails(pair, visitor):
    first, second = pair

    killed_at = time.time()
    first.kill_proxy()

    seconds = visitor.seconds_until(second.name, killed_at)
    assert seconds < FAILURE_SECONDS * PATIENCE
    first.wait_for("this VM does not have", "its proxy does not answer")
    first.start_again()


def test_a_proxy_that_reaches_no_app_gives_way_to_one_that_does(pair, visitor):
    first, second = pair

    first.say(status="down")
    visitor.wait_for(second.name)
    assert "its proxy reaches no app" in first.state()


# The last story with both: it leaves one of them stopped.
def test_an_orderly_stop_hands_the_address_over_at_once(pair, visitor):
    first, second = pair

    stopped_at = time.time()
    run("docker", "stop", first.container)

    seconds = visitor.seconds_until(second.name, stopped_at)
    assert seconds < DEATH_SECONDS * PATIENCE
    assert "State: 0" in run(
        "docker", "inspect", "-f", "State: {{.State.ExitCode}}", first.container
    )


def test_an_address_that_does_not_exist_is_refused_with_the_rule(address_image):
    with pytest.raises(CommandError) as refused:
        run("docker", "run", "--rm", "-e", "QLINES_VIRTUAL_ADDRESS=192.0.2.10", address_image)

    assert refused.value.status == 2
    assert "QLINES_VIRTUAL_ADDRESS must be an address with the length" in refused.value.stderr
