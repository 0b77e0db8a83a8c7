"""A user sees only their own devices, on every path: a path that is missing here fails."""

from datetime import timedelta

import pytest

from qlines.clock import utc_datetime
from qlines.store import (
    call_webhooks,
    channels,
    commands,
    controls,
    devices,
    exports,
    products,
    waiting_devices,
)
from qlines.store.channel_rules import checked
from qlines.store.command_document import NewCommand
from qlines.store.control_rules import checked_control
from qlines.store.controls import Place
from qlines.store.product_rules import checked_product
from qlines.store.provisioning import provision
from qlines.webhook.url import Rules
from tests.unit.web.isolated_alarms import ALARM_BODIES, ALARM_ROUTES, add_alarm, add_rule

# Path ▶ method ▶ what nobody gets, what Bob gets for Alice's things, what Alice gets for her own.
# "sign in" is a redirect to the form, for people; 401 is for programs.
SIGN_IN = "sign in"
DEVICE = "/api/devices/<device_id>"
CHANNEL = "/api/channels/<channel_id>"
CUSTOMER = "/api/customer/device/<path:name>/claim"
TELEMETRY = "/api/plugins/telemetry/DEVICE/<device_id>"
ROUTES = {
    "/": {"GET": (SIGN_IN, 302, 302)},
    "/login": {"GET": (200, 302, 302), "POST": (403, 403, 403)},
    "/logout": {"POST": (SIGN_IN, 302, 302)},
    "/devices": {"GET": (SIGN_IN, 200, 200)},
    "/devices/new": {"GET": (SIGN_IN, 200, 200)},
    "/devices/import": {"GET": (SIGN_IN, 200, 200)},
    "/devices/<device_id>": {"GET": (SIGN_IN, 404, 200)},
    "/devices/<device_id>/give-back": {"POST": (SIGN_IN, 404, 409)},
    "/claim": {"GET": (SIGN_IN, 200, 200), "POST": (SIGN_IN, 404, 404)},
    "/products": {"GET": (SIGN_IN, 200, 200)},
    "/products/waiting": {"GET": (SIGN_IN, 200, 200)},
    "/products/<product_id>": {"GET": (SIGN_IN, 404, 200)},
    "/unregistered": {"GET": (SIGN_IN, 403, 403)},
    "/backups": {"GET": (SIGN_IN, 403, 403)},
    "/changes": {"GET": (SIGN_IN, 403, 403)},
    "/system": {"GET": (SIGN_IN, 403, 403)},
    "/people": {"GET": (SIGN_IN, 403, 403)},
    "/people/invite": {"POST": (SIGN_IN, 403, 403)},
    "/people/withdraw": {"POST": (SIGN_IN, 403, 403)},
    "/people/<user_id>/reset": {"POST": (SIGN_IN, 403, 403)},
    "/people/<user_id>/role": {"POST": (SIGN_IN, 403, 403)},
    "/people/<user_id>/access": {"POST": (SIGN_IN, 403, 403)},
    "/welcome": {"GET": (200, 200, 200), "POST": (403, 403, 403)},
    "/account": {"GET": (SIGN_IN, 200, 200)},
    "/account/time-zone": {"POST": (SIGN_IN, 302, 302)},
    "/account/password": {"POST": (SIGN_IN, 302, 302)},
    "/account/sessions/<session_id>/end": {"POST": (SIGN_IN, 302, 302)},
    "/account/keys": {"POST": (SIGN_IN, 422, 422)},
    "/account/keys/<key_id>/remove": {"POST": (SIGN_IN, 302, 302)},
    "/account/notifications": {"GET": (SIGN_IN, 200, 200)},
    "/account/notifications/new/<channel_type>": {"GET": (SIGN_IN, 200, 200)},
    "/account/notifications/<channel_id>": {"GET": (SIGN_IN, 404, 200)},
    "/confirm-address/<token>": {"GET": (404, 404, 404), "POST": (404, 404, 404)},
    "/unsubscribe/<token>": {"GET": (404, 404, 404), "POST": (404, 404, 404)},
    "/demo/mail": {"GET": (SIGN_IN, 403, 403)},
    "/help/alarms": {"GET": (SIGN_IN, 200, 200)},
    "/service-worker.js": {"GET": (200, 200, 200)},
    "/account/calls": {"GET": (SIGN_IN, 200, 200), "POST": (SIGN_IN, 422, 422)},
    "/account/calls/secret": {"POST": (SIGN_IN, 302, 200)},
    "/account/calls/test": {"POST": (SIGN_IN, 302, 200)},
    "/account/calls/remove": {"POST": (SIGN_IN, 302, 302)},
    "/api/docs": {"GET": (200, 200, 200)},
    "/api/openapi.json": {"GET": (200, 200, 200)},
    "/api/data": {"GET": (401, 200, 200)},
    "/api/data/rows": {"POST": (401, 200, 200)},
    "/api/data/summary": {"GET": (401, 200, 200)},
    "/api/devices": {"GET": (401, 200, 200), "POST": (401, 422, 422)},
    "/api/devices/tag": {"POST": (401, 404, 200)},
    "/api/devices/untag": {"POST": (401, 404, 200)},
    "/api/devices/remove": {"POST": (401, 404, 200)},
    "/api/devices/export": {"POST": (401, 404, 200)},
    "/api/devices/import": {"POST": (401, 422, 422)},
    DEVICE: {"GET": (401, 404, 200), "PATCH": (401, 404, 200), "DELETE": (401, 404, 204)},
    f"{DEVICE}/token": {"POST": (401, 404, 200)},
    f"{DEVICE}/provisioning": {"POST": (401, 404, 200)},
    f"{DEVICE}/keys": {"GET": (401, 404, 200)},
    f"{DEVICE}/latest": {"GET": (401, 404, 200)},
    f"{DEVICE}/first-message": {"GET": (401, 404, 200)},
    f"{DEVICE}/attributes": {"GET": (401, 404, 200)},
    f"{DEVICE}/attributes/<scope>": {"PATCH": (401, 404, 200), "DELETE": (401, 404, 200)},
    f"{DEVICE}/readings": {"GET": (401, 404, 200)},
    f"{DEVICE}/presence": {"GET": (401, 404, 200)},
    f"{DEVICE}/rejected": {"GET": (401, 404, 200)},
    f"{DEVICE}/claim": {"GET": (401, 404, 200), "DELETE": (401, 404, 409)},
    "/api/claims": {"POST": (401, 404, 409)},
    CUSTOMER: {"POST": (401, 400, 400), "DELETE": (401, 404, 404)},
    "/api/commands": {"POST": (401, 404, 200)},
    "/api/commands/rows": {"POST": (401, 200, 200)},
    "/api/controls": {"GET": (401, 422, 422), "POST": (401, 422, 422)},
    "/api/controls/<control_id>": {"PATCH": (401, 404, 200), "DELETE": (401, 404, 204)},
    "/api/channels": {"GET": (401, 200, 200), "POST": (401, 422, 422)},
    CHANNEL: {"GET": (401, 404, 200), "PATCH": (401, 404, 200), "DELETE": (401, 404, 204)},
    f"{CHANNEL}/secret": {"POST": (401, 404, 200)},
    f"{CHANNEL}/confirmation": {"POST": (401, 404, 409)},
    f"{CHANNEL}/test": {"POST": (401, 404, 200)},
    f"{CHANNEL}/deliveries": {"GET": (401, 404, 200)},
    "/api/channels/telegram-links": {"POST": (401, 409, 409)},
    "/api/channels/telegram-links/<link_id>": {"GET": (401, 404, 404)},
    "/api/notification-settings": {"GET": (401, 200, 200), "PATCH": (401, 200, 200)},
    "/api/push/key": {"GET": (401, 200, 200)},
    "/api/push/subscriptions": {"POST": (401, 422, 422)},
    "/api/csrf-token": {"GET": (401, 200, 200)},
    "/api/call-webhook": {
        "GET": (401, 404, 200),
        "PUT": (401, 422, 422),
        "DELETE": (401, 404, 204),
    },
    "/api/call-webhook/secret": {"POST": (401, 404, 200)},
    "/api/call-webhook/test": {"POST": (401, 404, 200)},
    f"{DEVICE}/commands": {"GET": (401, 404, 200), "POST": (401, 404, 201)},
    f"{DEVICE}/commands/<int:number>": {"GET": (401, 404, 200), "DELETE": (401, 404, 200)},
    **ALARM_ROUTES,
    "/api/products": {"GET": (401, 200, 200), "POST": (401, 422, 422)},
    "/api/products/<product_id>": {
        "GET": (401, 404, 200),
        "PATCH": (401, 404, 200),
        "DELETE": (401, 404, 409),  # a device of it waits
    },
    "/api/products/<product_id>/key": {"POST": (401, 404, 200)},
    "/api/products/<product_id>/devices": {"POST": (401, 404, 200)},
    "/api/waiting-devices": {"GET": (401, 200, 200)},
    "/api/waiting-devices/approve": {"POST": (401, 404, 200)},
    "/api/waiting-devices/refuse": {"POST": (401, 404, 200)},
    "/api/unregistered": {"GET": (401, 403, 403), "POST": (401, 403, 403)},
    "/api/unregistered/<path:name>": {"DELETE": (401, 403, 403)},
    "/api/unregistered/<path:name>/register": {"POST": (401, 403, 403)},
    "/api/notifications": {"GET": (401, 403, 403)},
    "/api/notifications/seen": {"POST": (401, 403, 403)},
    "/api/system": {"GET": (401, 403, 403)},
    "/api/system/day": {"GET": (401, 403, 403)},
    f"{TELEMETRY}/<scope>": {"POST": (401, 404, 200), "DELETE": (401, 404, 200)},
    f"{TELEMETRY}/attributes/<scope>": {"POST": (401, 404, 200)},
    f"{TELEMETRY}/values/attributes": {"GET": (401, 404, 200)},
    f"{TELEMETRY}/values/attributes/<scope>": {"GET": (401, 404, 200)},
    f"{TELEMETRY}/keys/attributes": {"GET": (401, 404, 200)},
    f"{TELEMETRY}/keys/attributes/<scope>": {"GET": (401, 404, 200)},
    "/api/plugins/telemetry/<device_id>/<scope>": {
        "POST": (401, 404, 200),
        "DELETE": (401, 404, 200),
    },
    "/api/rpc/oneway/<device_id>": {"POST": (401, 404, 200)},
    "/api/rpc/twoway/<device_id>": {"POST": (401, 404, 200)},
    "/api/plugins/rpc/oneway/<device_id>": {"POST": (401, 404, 200)},
    "/api/plugins/rpc/twoway/<device_id>": {"POST": (401, 404, 200)},
    "/api/rpc/persistent/<rpc_id>": {"GET": (401, 404, 200), "DELETE": (401, 404, 200)},
    "/api/rpc/persistent/device/<device_id>": {"GET": (401, 404, 200)},
    "/api/exports": {"POST": (401, 422, 422)},
    "/api/exports/<export_id>": {"GET": (401, 404, 200)},
    "/api/exports/<export_id>/file": {"GET": (401, 404, 200)},
}
PERSISTENT = {"method": "open", "persistent": True}  # which waits for nothing
BODIES = {
    **ALARM_BODIES,
    "/api/data/rows": {"devices": []},
    DEVICE: {"tags": ["changed"]},
    f"{DEVICE}/commands": {"method": "open"},
    f"{DEVICE}/attributes/<scope>": {"changed": 1},
    f"{TELEMETRY}/<scope>": {"changed": 1},
    f"{TELEMETRY}/attributes/<scope>": {"changed": 1},
    "/api/plugins/telemetry/<device_id>/<scope>": {"changed": 1},
    "/api/rpc/oneway/<device_id>": PERSISTENT,
    "/api/rpc/twoway/<device_id>": PERSISTENT,
    "/api/plugins/rpc/oneway/<device_id>": PERSISTENT,
    "/api/plugins/rpc/twoway/<device_id>": PERSISTENT,
    "/api/devices/tag": {"devices": [], "tags": ["changed"]},
    "/api/devices/untag": {"devices": [], "tags": ["changed"]},
    "/api/devices/remove": {"devices": []},
    "/api/devices/export": {"devices": []},
    "/api/controls/<control_id>": {"label": "changed"},
    CHANNEL: {"default": False},
    "/api/notification-settings": {"muted_until": 1},
    "/api/claims": {"name": "alice's device"},
    f"{DEVICE}/provisioning": {"seconds": 3600},
    "/api/products/<product_id>": {"quarantine": True},
    "/api/products/<product_id>/devices": {"tag": "changed"},
    "/api/waiting-devices/approve": {"devices": []},
    "/api/waiting-devices/refuse": {"devices": []},
    "/api/commands": {"devices": [], "method": "open"},
    "/api/commands/rows": {"commands": []},
}
CALLS = [(path, method) for path, methods in ROUTES.items() for method in methods]


@pytest.fixture
def export_id(world, alice):
    db, now = world.deps.db, utc_datetime(world.deps.clock.now_us())
    made = exports.add(
        db, user=alice.id, device=alice.device["_id"], keys=[], from_ms=0, to_ms=1, now=now
    )
    (world.deps.exports_dir / "readings.csv").write_text("time,key,value\n")
    exports.finish(db, made, "readings.csv")
    return made


@pytest.fixture
def control_id(world, alice):
    button = checked_control({"label": "Open", "method": "open", "kind": "button"})
    place = Place(alice.device["_id"], None)
    return str(controls.add(world.deps.db, alice.id, place, button)["_id"])


@pytest.fixture
def webhook(world, alice):
    now = utc_datetime(world.deps.clock.now_us())
    return call_webhooks.put(world.deps.db, alice.id, f"https://{alice.device_id}.example", now)


@pytest.fixture
def channel_id(world, alice):
    """Return the id of a webhook for Alice's alarms; no test waits for a worker."""
    world.deps.clock.sleep = lambda _seconds: world.deps.clock.advance(60)
    settings = {"url": f"https://{alice.device_id}.example"}
    given = checked({"name": "Hook", "type": "webhook", "settings": settings}, Rules())
    now = utc_datetime(world.deps.clock.now_us())
    return str(channels.add(world.deps.db, alice.id, given, now)["_id"])


@pytest.fixture
def product(world, alice):
    """Return a product of Alice's, which her device is of, too."""
    db = world.deps.db
    made = products.add(db, alice.id, checked_product({"name": "Meter", "quarantine": True}))
    devices.patch(db, alice.device_id, owner=alice.id, product=made["_id"])
    return made


@pytest.fixture
def waiting_id(world, alice, product):
    """Return the id of a device that waits for Alice's approval."""
    keys = {"provisionDeviceKey": product["key"], "provisionDeviceSecret": product["secret"]}
    now = utc_datetime(world.deps.clock.now_us())
    assert provision(world.deps.db, keys, "192.0.2.7", now).answer["status"] == "SUCCESS"
    [waiting] = waiting_devices.of_owner(world.deps.db, alice.id, limit=2)
    return str(waiting["_id"])


@pytest.fixture
def rule_id(world, alice):
    return str(add_rule(world, alice)["_id"])


@pytest.fixture
def alarm_id(world, alice, rule_id):
    return add_alarm(world, alice, rule_id)


@pytest.fixture
def number(world, alice):
    new = NewCommand("open", None, True, timedelta(days=1), 5, "alice@example.com", None)
    now = utc_datetime(world.deps.clock.now_us())
    return commands.add(world.deps.db, alice.device_id, new, now, in_order=False)["number"]


@pytest.fixture
def call(
    world, alice, export_id, control_id, channel_id, product, waiting_id, number, webhook, rule_id,
    alarm_id,
):  # fmt: skip
    assert webhook

    def send(path, method, key=None):
        address = (
            path.replace("<device_id>", alice.device_id)
            .replace("<export_id>", export_id)
            .replace("<control_id>", control_id)
            .replace("<channel_id>", channel_id)
            .replace("<alarm_id>", alarm_id)
            .replace("<rule_id>", rule_id)
            .replace("<channel_type>", "ntfy")
            .replace("<product_id>", str(product["_id"]))
            .replace("<int:number>", str(number))
            .replace("<rpc_id>", f"{alice.device_id}-{number}")
            .replace("<path:name>", "unknown-token")
            .replace("<scope>", "SHARED_SCOPE" if "plugins" in path else "shared")
            .replace("<session_id>", "none")
            .replace("<user_id>", str(alice.id))
            .replace("<key_id>", "none")
        )
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = dict(BODIES.get(path, {})) if method in ("POST", "PATCH") else None
        if body and "devices" in body:
            body["devices"] = [waiting_id if "waiting" in path else alice.device_id]
        query = "keys=changed" if method == "DELETE" and "<scope>" in path else None
        if body and "commands" in body:
            body["commands"] = [f"{alice.device_id}-{number}"]
        return world.client().open(
            address, method=method, headers=headers, json=body, query_string=query, buffered=True
        )

    return send


def test_the_table_names_every_path_and_method(world):
    found = {
        (rule.rule, method)
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }

    assert found == set(CALLS)


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_it_lets_nobody_in_who_is_not_signed_in(call, path, method):
    answer = call(path, method)

    expected = ROUTES[path][method][0]
    if expected == SIGN_IN:
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login")
    else:
        assert answer.status_code == expected


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_it_hides_what_is_alices_from_bob(
    call, alice, bob, product, waiting_id, alarm_id, path, method
):
    answer = call(path, method, bob.key)

    assert answer.status_code == ROUTES[path][method][1]
    assert alice.device_id not in answer.text.replace(f"no device {alice.device_id}", "")
    assert alice.device["token"] not in answer.text
    assert product["key"] not in answer.text
    assert product["secret"] not in answer.text
    assert waiting_id not in answer.text.replace(f"no device {waiting_id}", "")
    assert alarm_id not in answer.text.replace(f"no alarm {alarm_id}", "")
    assert "alice's rule" not in answer.text


@pytest.mark.parametrize(("path", "method"), CALLS)
def test_it_shows_alice_what_is_hers(call, alice, bob, path, method):
    answer = call(path, method, alice.key)

    assert answer.status_code == ROUTES[path][method][2]
    assert bob.device_id not in answer.text


def test_an_export_of_a_device_that_was_removed_is_out_of_reach(call, alice):
    alice.call("DELETE", f"/api/devices/{alice.device_id}")

    answer = call("/api/exports/<export_id>/file", "GET", alice.key)

    assert answer.status_code == 404


def test_bob_cannot_export_alices_device(alice, bob):
    body = {"device": alice.device_id, "keys": [], "from": 0, "to": 1, "format": "csv"}

    assert bob.call("POST", "/api/exports", json=body).status_code == 404


def test_bob_cannot_end_alices_session_or_remove_her_key(world, alice, bob):
    alice.browser()
    session = world.deps.db.sessions.documents[0]["_id"]
    key = next(one["_id"] for one in world.deps.db.api_keys.documents if one["user"] == alice.id)

    bob.call("POST", f"/account/sessions/{session}/end")
    bob.call("POST", f"/account/keys/{key}/remove")

    assert [one["_id"] for one in world.deps.db.sessions.documents] == [session]
    assert key in {one["_id"] for one in world.deps.db.api_keys.documents}
