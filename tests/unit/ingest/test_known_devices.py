from qlines.ingest.known_devices import KnownDevices
from tests.fakes.registry import ALICE, BOBS_PUMP, METER, PUMP, RegistryInMemory


def test_it_looks_a_device_up_once():
    registry = RegistryInMemory()
    devices = KnownDevices(registry)

    assert [devices.find(METER.id) for _ in range(3)] == [METER] * 3
    assert [devices.find_named(ALICE, "pump") for _ in range(3)] == [PUMP] * 3
    assert registry.lookups == 2


def test_it_looks_up_again_when_the_file_has_changed():
    registry = RegistryInMemory()
    devices = KnownDevices(registry)
    devices.find(METER.id)

    registry.devices.remove(METER)
    registry.version += 1
    devices.refresh()

    assert devices.find(METER.id) is None


def test_it_never_returns_another_owners_device():
    assert KnownDevices(RegistryInMemory()).find_named(ALICE, BOBS_PUMP.name) is None
