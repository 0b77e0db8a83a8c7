"""No malformed packet stops the broker or disturbs another device, and each is refused."""

import pytest

from tests.harness.docker import run
from tests.integration.broker import malformed
from tests.integration.broker.raw_mqtt import PINGRESP, PUBACK, ClosedError, RawDevice

ROWS = [
    pytest.param(version, is_first, name, id=name)
    for version, is_first, table in (
        (4, True, malformed.FIRST),
        (4, False, malformed.CONNECTED),
        (5, True, malformed.FIRST_5),
        (5, False, malformed.CONNECTED_5),
    )
    for name in table
]
PACKETS = malformed.FIRST | malformed.CONNECTED | malformed.FIRST_5 | malformed.CONNECTED_5


@pytest.fixture(scope="module")
def neighbour(steady_broker):
    """Return a device that stays connected through all of it."""
    steady_broker.add_device("neighbour")
    with RawDevice(steady_broker) as device:
        assert device.connect("neighbour", keepalive=0) == 0
        yield device


def process_of(broker):
    """Return the broker's process id and when it was started."""
    return run("docker", "inspect", "-f", "{{.State.Pid}} {{.State.StartedAt}}", broker.name)


@pytest.fixture(scope="module")
def process(steady_broker):
    return process_of(steady_broker)


def answers_until_closed(device):
    """Return first byte and reason code of each packet, and None when the connection stays."""
    answers = []
    try:
        while True:
            kind, flags, body = device.read()
            if kind == PINGRESP:
                return [*answers, None]
            answers.append((kind << 4 | flags, body[1] if kind == 2 else body[0]))
    except ClosedError:
        return answers


@pytest.mark.parametrize(("version", "is_first", "name"), ROWS)
def test_it_is_refused_and_the_broker_serves_the_others(
    steady_broker, neighbour, process, version, is_first, name
):
    with RawDevice(steady_broker, version=version) as device:
        if not is_first:
            assert device.connect("neighbour") == 0
        device.send(PACKETS[name])
        if name in malformed.STAYS:
            device.send(b"\xc0\x00")
        answers = answers_until_closed(device)

    if name in malformed.STAYS:
        assert answers[-1] is None
    else:
        assert answers == ([malformed.ANSWERS[name]] if name in malformed.ANSWERS else [])
    neighbour.publish(b"{}")
    neighbour.read_type(PUBACK)
    assert process_of(steady_broker) == process


def test_there_are_more_than_forty_rows_and_each_answer_is_of_one():
    named = {*malformed.ANSWERS, *malformed.STAYS}

    assert len(ROWS) == len(PACKETS) > 40
    assert named <= PACKETS.keys()
