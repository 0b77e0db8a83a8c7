"""Authentication: the user name must be the token of a registered device."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from qlines.spool.frame import FrameKind
from tests.harness.deadline import PATIENCE, eventually, stays
from tests.integration.broker.raw_mqtt import ClosedError, RawDevice, text

NOT_AUTHORISED = {4: 5, 5: 0x87}
UNAVAILABLE = {4: 3, 5: 0x88}


def answer(broker, token, version=4):
    with RawDevice(broker, version=version) as device:
        return device.connect(token, "some id")


def test_it_accepts_a_registered_device(broker, device_id, version):
    assert answer(broker, "alice", version) == 0


def test_it_accepts_a_device_that_was_registered_while_it_runs(broker):
    assert answer(broker, "bob") == 5

    broker.add_device("bob")

    assert answer(broker, "bob") == 0


@pytest.mark.parametrize(
    "token",
    ["nobody", "", None, "x" * 511, "x" * 512, "x" * 60000, "ünïcödé", "alic", "alice "],
    ids=["unknown", "empty", "none", "511", "512", "60000", "unicode", "shorter", "longer"],
)
def test_it_refuses_every_other_token(broker, device_id, version, token):
    assert answer(broker, token, version) == NOT_AUTHORISED[version]


@pytest.mark.parametrize(
    "token", [b"al\x00ice", b"\xff\xfe", b"\x01"], ids=["nul", "bytes", "control"]
)
def test_it_closes_on_a_token_that_is_not_text(broker, device_id, token):
    with RawDevice(broker) as device, pytest.raises(ClosedError):
        device.connect(token)


def test_it_ignores_the_password(broker, device_id, version):
    with RawDevice(broker, version=version) as device:
        assert device.connect("alice", password="whatever") == 0


def test_the_device_id_is_not_a_token(broker, device_id):
    assert answer(broker, device_id) == 5


def test_the_client_id_may_be_empty(broker, device_id, version):
    with RawDevice(broker, version=version) as device:
        assert device.connect("alice", "") == 0


def test_it_accepts_an_old_token_until_it_expires(broker):
    soon = datetime.now(UTC) + timedelta(seconds=3 * PATIENCE)
    past = datetime.now(UTC) - timedelta(seconds=1)
    old = [{"token": "before", "expires_at": soon}, {"token": "long ago", "expires_at": past}]
    broker.add_device("now", old_tokens=old)

    assert answer(broker, "now") == 0
    assert answer(broker, "long ago") == 5
    assert answer(broker, "before") == 0
    eventually(lambda: answer(broker, "before") == 5, 10, "it expires")


def test_unknown_tokens_never_block_their_address(broker, device_id):
    for number in range(200):
        assert answer(broker, f"unknown {number}") == 5

    assert answer(broker, "alice") == 0
    eventually(lambda: broker.counter("unknown_tokens") == 200, 5, "they are counted")


def test_it_logs_unknown_tokens_in_one_line_per_second(broker):
    before = len(broker.logs().splitlines())

    for number in range(300):
        answer(broker, f"unknown {number}")

    eventually(lambda: broker.counter("unknown_tokens") == 300, 5, "they are counted")
    lines = broker.logs().splitlines()[before:]
    assert 1 <= len(lines) <= 15
    assert all("connections with an unknown token, by address: " in line for line in lines)
    assert sum(int(line.split("refused ")[1].split()[0]) for line in lines) == 300


def test_it_writes_frames_of_unknown_tokens_with_a_rate_limit(broker):
    answer(broker, "x" * 70)
    answer(broker, "y" * 63 + "ü")
    answer(broker, None)
    for number in range(300):
        answer(broker, f"unknown {number}")

    frames = broker.frames(FrameKind.UNKNOWN_TOKEN)
    protocols, addresses, tokens = zip(
        *[frame.payload.decode().split("\n") for frame in frames], strict=True
    )
    assert set(protocols) == {"mqtt"}
    assert all(address.count(".") == 3 for address in addresses)
    assert tokens[:3] == ("x" * 64, "y" * 63, "")
    assert 20 <= len(frames) < 300


def test_it_answers_server_unavailable_without_a_registry_file(idle_broker, version):
    idle_broker.start()
    assert answer(idle_broker, "alice", version) == UNAVAILABLE[version]
    assert idle_broker.heartbeat()["waiting_for"] == "registry"

    idle_broker.add_device("alice")

    eventually(lambda: answer(idle_broker, "alice", version) == 0, 5, "the file is opened")
    eventually(
        lambda: idle_broker.heartbeat()["waiting_for"] is None, 5, "the heartbeat names nothing"
    )


@pytest.mark.parametrize("content", [b"", b"garbage" * 5000], ids=["empty", "garbage"])
def test_it_survives_an_invalid_registry_file(idle_broker, content):
    folder = idle_broker.data / "registry"
    folder.mkdir()
    (folder / "data.mdb").write_bytes(content)
    folder.chmod(0o777)
    (folder / "data.mdb").chmod(0o666)
    idle_broker.start()

    assert answer(idle_broker, "alice") == 3


def test_it_uses_the_old_registry_file_until_a_new_one_appears(broker, connected):
    device = connected()
    broker.close_registry()
    shutil.rmtree(broker.data / "registry")

    stays(lambda: answer(broker, "alice") == 0, 2.5, "the deleted file is still open")

    broker.add_device("bob")
    eventually(lambda: answer(broker, "bob") == 0, 5, "the new file is opened")
    eventually(lambda: answer(broker, "alice") == 5, 5, "the old one is closed")
    assert device.is_closed_by_the_broker()


def test_it_keeps_its_connections_over_a_reload(broker, connected):
    device = connected()

    broker.reload()

    broker.wait_for_heartbeat()
    device.publish(b"{}")
    assert device.read_type(4) == b"\x00\x01"


def test_it_refuses_the_extended_authentication_of_mqtt_5(broker, device_id):
    with RawDevice(broker, version=5) as device:
        assert device.connect("alice", properties=b"\x15" + text("SCRAM")) == 0x8C
