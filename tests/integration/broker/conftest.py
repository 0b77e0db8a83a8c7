"""A real broker with the sanitized plugin for each test, and connections of devices to it."""

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.harness.docker import has_docker, remove_leftovers
from tests.integration.broker.broker import Broker, build_image
from tests.integration.broker.raw_mqtt import RawDevice

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def broker_image() -> str:
    """Return the name of the image with the sanitized plugin."""
    if not has_docker():
        pytest.fail("these tests need Docker and none answers: `make test` installs and starts it")
    remove_leftovers()
    return build_image()


@pytest.fixture
def idle_broker(broker_image: str, tmp_path: Path) -> Iterator[Broker]:
    """Return a broker that the test starts itself."""
    broker = Broker(broker_image, tmp_path)
    yield broker
    broker.remove()


@pytest.fixture
def broker(idle_broker: Broker) -> Broker:
    """Return a running broker without a device."""
    idle_broker.open_registry()
    return idle_broker.start()


@pytest.fixture(scope="session")
def steady_broker(broker_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for many small tests; each of them has a device of its own."""
    broker = Broker(broker_image, tmp_path_factory.mktemp("steady"))
    broker.open_registry()
    yield broker.start()
    broker.remove()


@pytest.fixture
def steady_device(steady_broker: Broker) -> Iterator[Callable[[int], RawDevice]]:
    """Return a function that connects one new device to it, in a version of the protocol."""
    token = secrets.token_hex(8)
    steady_broker.add_device(token)
    devices: list[RawDevice] = []

    def connect(version: int = 4) -> RawDevice:
        devices.append(RawDevice(steady_broker, version=version))
        assert devices[-1].connect(token) == 0
        return devices[-1]

    yield connect
    for device in devices:
        device.close()


@pytest.fixture
def device_id(broker: Broker) -> str:
    """Return the id of the device whose token is `alice`."""
    return broker.add_device("alice")


@pytest.fixture(params=[4, 5], ids=["mqtt3", "mqtt5"])
def version(request: pytest.FixtureRequest) -> int:
    """Both versions of the protocol."""
    return int(request.param)


@pytest.fixture
def connected(broker: Broker, device_id: str) -> Iterator[Callable[..., RawDevice]]:
    """Return a function that connects a device; the default token is `alice`."""
    devices: list[RawDevice] = []

    def connect(
        token: str = "alice", client_id: str = "", *, version: int = 4, **more: object
    ) -> RawDevice:
        devices.append(RawDevice(broker, version=version))
        assert devices[-1].connect(token, client_id, **more) == 0  # type: ignore[arg-type]
        return devices[-1]

    yield connect
    for device in devices:
        device.close()
