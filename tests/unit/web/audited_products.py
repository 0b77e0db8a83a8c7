"""Changes of products, and the audit lines that they leave; test_audit.py has the others."""

from qlines.clock import utc_datetime
from qlines.store import products
from qlines.store.provisioning import provision


def product_id(one, **fields):
    return one.carol.call("POST", "/api/products", json={"name": "Meter", **fields}).json["id"]


def add_product(one):
    return f"/api/products/{product_id(one)}"


def waiting_id(one):
    """Return the id of a device that waits for Carol's approval."""
    deps = one.world.deps
    product = products.find(deps.db, product_id(one, quarantine=True), owner=one.carol.id)
    body = {
        "deviceName": "meter 1",
        "provisionDeviceKey": product["key"],
        "provisionDeviceSecret": product["secret"],
    }
    provision(deps.db, body, "192.0.2.7", utc_datetime(deps.clock.now_us()))
    return one.carol.get("/api/waiting-devices").json["items"][0]["id"]


# As CHANGES in test_audit.py.
OF_PRODUCTS = {
    ("/api/products", "POST"): (add_product, "added the product 'Meter'"),
    ("/api/products/<product_id>", "PATCH"): (
        lambda one: one.api("PATCH", add_product(one), name="Pump", quarantine=True),
        "changed name, quarantine of the product 'Pump'",
    ),
    ("/api/products/<product_id>", "DELETE"): (
        lambda one: one.api("DELETE", add_product(one)), "removed the product 'Meter'",
    ),
    ("/api/products/<product_id>/key", "POST"): (
        lambda one: one.api("POST", f"{add_product(one)}/key"),
        "gave a new provision key to the product 'Meter'",
    ),
    ("/api/products/<product_id>/devices", "POST"): (
        lambda one: one.api("POST", f"{add_product(one)}/devices", tag="pump"),
        "added 0 devices with the tag pump to the product 'Meter'",
    ),
    ("/api/waiting-devices/approve", "POST"): (
        lambda one: one.api("POST", "/api/waiting-devices/approve", devices=[waiting_id(one)]),
        "approved the device 'meter 1'",
    ),
    ("/api/waiting-devices/refuse", "POST"): (
        lambda one: one.api("POST", "/api/waiting-devices/refuse", devices=[waiting_id(one)]),
        "refused the device 'meter 1'",
    ),
    ("/api/devices/<device_id>/provisioning", "POST"): (
        lambda one: (
            one.api("PATCH", f"/api/devices/{one.carol.device_id}", product=product_id(one)),
            one.api("POST", f"/api/devices/{one.carol.device_id}/provisioning", seconds=60),
        ),
        'let the device "carol\'s device"',
    ),
}  # fmt: skip
