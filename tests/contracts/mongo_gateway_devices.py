"""What store/ promises about devices behind gateways, on the fake and on mongod."""

from qlines.clock import utc_datetime
from qlines.store import devices, gateway_devices
from qlines.store.gateway_devices import NO_GATEWAY, Behind

OWNER, BOB = "a" * 24, "b" * 24
NOW = utc_datetime(1_800_000_000_000_000)


def added(db, name, *, owner=OWNER, gateway=False):
    return str(devices.add(db, owner, name, gateway=gateway)["_id"])


class GatewayDevicesContract:
    def test_the_gateway_that_spoke_last_reaches_the_device_by_its_name(self, db):
        old, new = (added(db, name, gateway=True) for name in ("old hub", "new hub"))
        sensor, other = added(db, "sensor"), added(db, "other")

        gateway_devices.note(db, {sensor: old})
        gateway_devices.note(db, {sensor: new})

        assert gateway_devices.behind(db, [sensor, other]) == {sensor: Behind(new, "sensor")}

    def test_one_that_has_disconnected_is_behind_no_gateway(self, db):
        hub, sensor = added(db, "hub", gateway=True), added(db, "sensor")
        gateway_devices.note(db, {sensor: hub})

        gateway_devices.note(db, {sensor: NO_GATEWAY})

        assert gateway_devices.behind(db, [sensor]) == {}

    def test_nobody_speaks_for_the_device_of_another_owner(self, db):
        hub, sensor = added(db, "hub", gateway=True, owner=BOB), added(db, "sensor")

        gateway_devices.note(db, {sensor: hub})

        assert gateway_devices.behind(db, [sensor]) == {}

    def test_one_that_is_no_longer_a_gateway_speaks_for_itself(self, db):
        hub, sensor = added(db, "hub", gateway=True), added(db, "sensor")
        gateway_devices.note(db, {sensor: hub})

        devices.patch(db, hub, owner=OWNER, gateway=False)

        assert gateway_devices.behind(db, [sensor]) == {}

    def test_what_is_removed_is_forgotten_on_both_sides(self, db):
        hub, sensor, other = added(db, "hub", gateway=True), added(db, "sensor"), added(db, "other")
        gateway_devices.note(db, {sensor: hub, other: hub})

        devices.remove(db, sensor, NOW, owner=OWNER)
        assert db.gateway_devices.count_documents({}) == 1
        devices.remove(db, hub, NOW, owner=OWNER)

        assert db.gateway_devices.count_documents({}) == 0
