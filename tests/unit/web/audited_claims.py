"""What Carol does about claims in test_audit.py, and the last line that it leaves."""

from qlines.store import claims
from qlines.store.claims import Claim


def offered(one):
    """Let Alice's device offer itself, and return its name."""
    claim = Claim(one.alice.device_id, one.world.deps.clock.now_us(), "s", 60_000)
    claims.note(one.world.deps.db, [claim])
    return one.alice.device["name"]


def claimed(one):
    """Claim Alice's device for Carol, and return its id."""
    one.api("POST", "/api/claims", name=offered(one), secret="s")
    return one.alice.device_id


OF_CLAIMS = {
    ("/claim", "POST"): (
        lambda one: one.form("/claim", name=offered(one), secret="s"),
        'claimed the device "alice\'s device"',
    ),
    ("/api/claims", "POST"): (
        lambda one: one.api("POST", "/api/claims", name=offered(one), secret="s"),
        'claimed the device "alice\'s device"',
    ),
    ("/api/customer/device/<path:name>/claim", "POST"): (
        lambda one: one.api("POST", f"/api/customer/device/{offered(one)}/claim", secretKey="s"),
        'claimed the device "alice\'s device"',
    ),
    ("/devices/<device_id>/give-back", "POST"): (
        lambda one: one.form(f"/devices/{claimed(one)}/give-back"),
        'gave back the device "alice\'s device"',
    ),
    ("/api/devices/<device_id>/claim", "DELETE"): (
        lambda one: one.api("DELETE", f"/api/devices/{claimed(one)}/claim"),
        'gave back the device "alice\'s device"',
    ),
    ("/api/customer/device/<path:name>/claim", "DELETE"): (
        lambda one: (
            claimed(one),
            one.api("DELETE", f"/api/customer/device/{one.alice.device['name']}/claim"),
        ),
        'gave back the device "alice\'s device"',
    ),
}  # fmt: skip
