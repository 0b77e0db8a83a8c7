"""An in-memory registry file, and the devices of these tests."""

from qlines.store.registry_file import Device

ALICE, BOB = "a" * 24, "b" * 24
METER = Device("1" * 24, ALICE, "meter", False)
GATEWAY = Device("2" * 24, ALICE, "gateway", True)
PUMP = Device("3" * 24, ALICE, "pump", False)
BOBS_PUMP = Device("4" * 24, BOB, "bobs pump", False)


class RegistryInMemory:
    def __init__(self, *devices: Device) -> None:
        self.devices = list(devices or (METER, GATEWAY, PUMP, BOBS_PUMP))
        self.version = 1
        self.lookups = 0

    def generation(self):
        return self.version

    def device(self, device_id):
        self.lookups += 1
        return next((device for device in self.devices if device.id == device_id), None)

    def device_by_name(self, owner, name):
        self.lookups += 1
        for device in self.devices:
            if (device.owner, device.name) == (owner, name):
                return device
        return None
