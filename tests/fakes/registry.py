"""The registry file's twin in memory, with the cast of these tests."""

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
        self.looked = 0

    def generation(self):
        return self.version

    def device(self, device_id):
        self.looked += 1
        return next((one for one in self.devices if one.id == device_id), None)

    def device_by_name(self, owner, name):
        self.looked += 1
        return next((one for one in self.devices if (one.owner, one.name) == (owner, name)), None)
