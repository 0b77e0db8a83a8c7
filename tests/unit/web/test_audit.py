"""Every change by a person leaves a line: a path that is missing here fails."""

import logging
import re

import pytest
from pymongo.errors import ServerSelectionTimeoutError

from qlines.clock import utc_datetime
from qlines.store import audit, password_links, unregistered
from qlines.store.unregistered import UnregisteredDevice
from qlines.web.auth.guard import SAFE_METHODS
from tests.unit.web.audited_alarms import OF_ALARMS
from tests.unit.web.audited_channels import OF_CHANNELS, WARD
from tests.unit.web.audited_claims import OF_CLAIMS
from tests.unit.web.audited_products import OF_PRODUCTS
from tests.unit.web.audited_webhooks import OF_WEBHOOKS
from tests.unit.web.conftest import PASSWORD, csrf_token, sign_in

NEW = "battery staple"
DEVICE = "/api/devices/<device_id>"
TELEMETRY = "/api/plugins/telemetry"
DISMISSED = {
    "name": "unknown", "source": "mqtt", "first_seen": 1, "last_seen": 2, "count": 1,
    "sample": "{}",
}  # fmt: skip


def now_of(world):
    return utc_datetime(world.deps.clock.now_us())


class Actor:
    """Carol, who is an admin and has a browser and a device, and Alice, who has to do with her."""

    def __init__(self, world, carol, alice):
        self.world, self.carol, self.alice = world, carol, alice
        self.browser = carol.browser()
        self.key = next(
            one["_id"] for one in world.deps.db.api_keys.documents if one["user"] == carol.id
        )

    def form(self, path, **form):
        token = csrf_token(self.browser.get("/account"))
        answer = self.browser.post(path, data={**form, "csrf_token": token})
        assert answer.status_code in (200, 302), answer.text

    def api(self, method, path, /, **body):
        answer = self.carol.call(method, path, json=body)
        assert answer.status_code < 300, answer.text

    def add_control(self, **place):
        button = {"label": "Open", "method": "open", "kind": "button"}
        return self.carol.call("POST", "/api/controls", json=button | place).json["id"]

    def invite(self):
        self.form("/people/invite", email="dora@example.com", role="owner")

    def command(self):
        self.api("POST", f"/api/devices/{self.carol.device_id}/commands", method="open")

    def see_unregistered(self):
        sighting = UnregisteredDevice("mqtt", "unknown", 1, 1, 1, "{}")
        unregistered.note(self.world.deps.db, [sighting])


def choose_password(one):
    secret = password_links.add(
        one.world.deps.db, "dora@example.com", admin=False, by="carol@example.com",
        now=now_of(one.world),
    )  # fmt: skip
    client = one.world.client()
    token = csrf_token(client.get("/welcome"))
    client.post("/welcome", data={"secret": secret, "new": NEW, "again": NEW, "csrf_token": token})


def end_other_session(one):
    one.carol.browser()
    session = one.world.deps.db.sessions.documents[-1]["_id"]
    one.form(f"/account/sessions/{session}/end")


def with_unregistered(method, path, **body):
    def act(one):
        one.see_unregistered()
        one.api(method, f"/api/unregistered/unknown{path}", **body)

    return act


def with_attributes(method, path, query=""):
    """Set or delete attributes of Carol's device, which has one of each scope of the owner."""

    def act(one):
        address = path.replace("<device_id>", one.carol.device_id)
        for scope in ("shared", "server"):
            one.api("PATCH", f"/api/devices/{one.carol.device_id}/attributes/{scope}", a=0)
        one.api(method, f"{address}{query}", **({} if query else {"b": 1, "c": [2]}))

    return act


def with_call(path):
    """Call a method of Carol's device as a script for ThingsBoard does, and wait for nothing."""
    return lambda one: one.api(
        "POST", f"{path}/{one.carol.device_id}", method="open", persistent=True
    )


SET = 'set the {} attributes b, c of the device "carol\'s device"'
DELETED = 'deleted the {} attributes a of the device "carol\'s device"'
# Path and method ▶ what Carol does there, and the last line that it leaves.
CHANGES = {
    **OF_ALARMS,
    **OF_CHANNELS,
    **OF_CLAIMS,
    ("/login", "POST"): (
        lambda one: sign_in(one.world.client(), "carol@example.com", PASSWORD), "signed in",
    ),
    ("/logout", "POST"): (lambda one: one.form("/logout"), "signed out"),
    ("/welcome", "POST"): (choose_password, "accepted the invitation by carol@example.com"),
    ("/account/password", "POST"): (
        lambda one: one.form("/account/password", old=PASSWORD, new=NEW, again=NEW),
        "changed the own password",
    ),
    ("/account/time-zone", "POST"): (
        lambda one: one.form("/account/time-zone", zone="Asia/Kolkata"),
        "chose the time zone Asia/Kolkata",
    ),
    ("/account/sessions/<session_id>/end", "POST"): (
        end_other_session, "ended their session of 'Werkzeug/",
    ),
    ("/account/keys", "POST"): (
        lambda one: one.form("/account/keys", name="script"), "added the API key 'script'",
    ),
    ("/account/keys/<key_id>/remove", "POST"): (
        lambda one: one.form(f"/account/keys/{one.key}/remove"), "removed the API key 'test'",
    ),
    **OF_WEBHOOKS,
    ("/people/invite", "POST"): (Actor.invite, "invited dora@example.com as an owner"),
    ("/people/withdraw", "POST"): (
        lambda one: (one.invite(), one.form("/people/withdraw", email="dora@example.com")),
        "withdrew the link for dora@example.com",
    ),
    ("/people/<user_id>/reset", "POST"): (
        lambda one: one.form(f"/people/{one.alice.id}/reset"),
        "made a link for a new password of alice@example.com",
    ),
    ("/people/<user_id>/role", "POST"): (
        lambda one: one.form(f"/people/{one.alice.id}/role", role="admin"),
        "made alice@example.com an admin",
    ),
    ("/people/<user_id>/access", "POST"): (
        lambda one: one.form(f"/people/{one.alice.id}/access", access="off"),
        "disabled alice@example.com",
    ),
    ("/api/devices", "POST"): (
        lambda one: one.api("POST", "/api/devices", name="pump"), "added the device 'pump'",
    ),
    ("/api/devices/tag", "POST"): (
        lambda one: one.api(
            "POST", "/api/devices/tag", devices=[one.carol.device_id], tags=["a", "b"]
        ),
        'added the tags a, b to the device "carol\'s device"',
    ),
    ("/api/devices/untag", "POST"): (
        lambda one: one.api(
            "POST", "/api/devices/untag", devices=[one.carol.device_id], tags=["a", "b"]
        ),
        'removed the tags a, b from the device "carol\'s device"',
    ),
    ("/api/devices/remove", "POST"): (
        lambda one: one.api("POST", "/api/devices/remove", devices=[one.carol.device_id]),
        'removed the device "carol\'s device"',
    ),
    ("/api/devices/export", "POST"): (
        lambda one: one.api("POST", "/api/devices/export", tokens=True),
        "exported the list with tokens of the device \"carol's device\"",
    ),
    ("/api/devices/import", "POST"): (
        lambda one: one.api("POST", "/api/devices/import", csv="name\nA\nB\n"),
        "imported 2 devices: 'A' (",
    ),
    (DEVICE, "PATCH"): (
        lambda one: one.api("PATCH", f"/api/devices/{one.carol.device_id}", name="new", tags=[]),
        'renamed the device "carol\'s device"',
    ),
    (DEVICE, "DELETE"): (
        lambda one: one.api("DELETE", f"/api/devices/{one.carol.device_id}"),
        'removed the device "carol\'s device"',
    ),
    (f"{DEVICE}/token", "POST"): (
        lambda one: one.api("POST", f"/api/devices/{one.carol.device_id}/token"),
        'gave a new token to the device "carol\'s device"',
    ),
    ("/api/commands", "POST"): (
        lambda one: one.api(
            "POST", "/api/commands", devices=[one.carol.device_id], method="open"
        ),
        "sent the command 'open' to the device \"carol's device\"",
    ),
    ("/api/controls", "POST"): (
        lambda one: one.add_control(device=one.carol.device_id),
        "added the control 'Open' of the device \"carol's device\"",
    ),
    ("/api/controls/<control_id>", "PATCH"): (
        lambda one: one.api(
            "PATCH", f"/api/controls/{one.add_control(tag='pump')}", label="Close", order=3
        ),
        "changed label, order of the control 'Close' of the tag pump",
    ),
    ("/api/controls/<control_id>", "DELETE"): (
        lambda one: one.api("DELETE", f"/api/controls/{one.add_control(tag='pump')}"),
        "removed the control 'Open' of the tag pump",
    ),
    (f"{DEVICE}/commands", "POST"): (
        Actor.command, "sent the command 1 'open' to the device \"carol's device\"",
    ),
    (f"{DEVICE}/commands/<int:number>", "DELETE"): (
        lambda one: (
            one.command(),
            one.api("DELETE", f"/api/devices/{one.carol.device_id}/commands/1"),
        ),
        "cancelled the command 1 'open' to the device \"carol's device\"",
    ),
    (f"{DEVICE}/attributes/<scope>", "PATCH"): (
        with_attributes("PATCH", f"{DEVICE}/attributes/shared"), SET.format("shared"),
    ),
    (f"{DEVICE}/attributes/<scope>", "DELETE"): (
        with_attributes("DELETE", f"{DEVICE}/attributes/server", "?keys=a,none"),
        DELETED.format("server"),
    ),
    (f"{TELEMETRY}/DEVICE/<device_id>/<scope>", "POST"): (
        with_attributes("POST", f"{TELEMETRY}/DEVICE/<device_id>/SERVER_SCOPE"),
        SET.format("server"),
    ),
    (f"{TELEMETRY}/DEVICE/<device_id>/attributes/<scope>", "POST"): (
        with_attributes("POST", f"{TELEMETRY}/DEVICE/<device_id>/attributes/SHARED_SCOPE"),
        SET.format("shared"),
    ),
    (f"{TELEMETRY}/<device_id>/<scope>", "POST"): (
        with_attributes("POST", f"{TELEMETRY}/<device_id>/SHARED_SCOPE"), SET.format("shared"),
    ),
    (f"{TELEMETRY}/DEVICE/<device_id>/<scope>", "DELETE"): (
        with_attributes("DELETE", f"{TELEMETRY}/DEVICE/<device_id>/SHARED_SCOPE", "?keys=a"),
        DELETED.format("shared"),
    ),
    (f"{TELEMETRY}/<device_id>/<scope>", "DELETE"): (
        with_attributes("DELETE", f"{TELEMETRY}/<device_id>/SERVER_SCOPE", "?keys=a"),
        DELETED.format("server"),
    ),
    **{
        (f"{path}/<device_id>", "POST"): (
            with_call(path), "sent the command 1 'open' to the device \"carol's device\"",
        )
        for path in (
            "/api/rpc/oneway", "/api/rpc/twoway", "/api/plugins/rpc/oneway",
            "/api/plugins/rpc/twoway",
        )
    },
    ("/api/rpc/persistent/<rpc_id>", "DELETE"): (
        lambda one: (
            one.command(), one.api("DELETE", f"/api/rpc/persistent/{one.carol.device_id}-1"),
        ),
        "deleted the command 1 'open' to the device \"carol's device\"",
    ),
    ("/api/unregistered/<path:name>/register", "POST"): (
        with_unregistered("POST", "/register", name="pump"), "registered the device 'pump'",
    ),
    ("/api/unregistered/<path:name>", "DELETE"): (
        with_unregistered("DELETE", ""),
        "dismissed the unregistered device 'token u… (7 characters)', seen by mqtt",
    ),
    ("/api/unregistered", "POST"): (
        lambda one: one.api("POST", "/api/unregistered", **DISMISSED),
        "put back the unregistered device 'token u… (7 characters)', seen by mqtt",
    ),
    **OF_PRODUCTS,
    ("/api/exports", "POST"): (
        lambda one: one.api(
            "POST", "/api/exports", device=one.carol.device_id, keys=[], to=1, format="csv",
            **{"from": 0},
        ),
        'exported readings of the device "carol\'s device"',
    ),
}  # fmt: skip
# These change nothing that anybody would look for: what is asked has no room in an address, and
# what an admin has seen is known by opening the bell.
READS = {
    ("/api/alarm-rules/dry-run", "POST"),
    ("/api/data/rows", "POST"),
    ("/api/commands/rows", "POST"),
    ("/api/notifications/seen", "POST"),
}

# Who acts there without being signed in.
OTHERS = {
    "/welcome": "dora@example.com",
    "/confirm-address/<token>": WARD,
    "/unsubscribe/<token>": WARD,
}


@pytest.fixture
def actor(world, carol, alice, monkeypatch):
    monkeypatch.setattr("qlines.web.api.exports.enqueue_export", lambda _redis, _id: None)
    return Actor(world, carol, alice)


def test_the_table_names_every_path_that_changes_something(world):
    found = {
        (rule.rule, method)
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - set(SAFE_METHODS)
    }

    assert found - READS == set(CHANGES)


@pytest.mark.parametrize(("path", "method"), CHANGES)
def test_a_change_leaves_a_line_with_who_and_from_where(world, actor, path, method):
    act, what = CHANGES[path, method]

    act(actor)

    line = world.deps.db.audit.documents[-1]
    assert line["what"].startswith(what)
    assert line["who"] == OTHERS.get(path, "carol@example.com")
    assert line["address"] == "127.0.0.1"


def test_what_was_refused_leaves_none(world, actor):
    before = len(world.deps.db.audit.documents)

    actor.form("/account/password", old="wrong", new=NEW, again=NEW)
    sign_in(world.client(), "carol@example.com", "wrong")

    assert len(world.deps.db.audit.documents) == before


def test_attributes_that_stay_as_they_are_leave_none(world, actor):
    path = f"/api/devices/{actor.carol.device_id}/attributes/shared"
    actor.api("PATCH", path, a=1)
    before = len(world.deps.db.audit.documents)

    actor.api("PATCH", path, a=1)
    actor.api("DELETE", f"{path}?keys=none")

    assert len(world.deps.db.audit.documents) == before


def test_of_many_attributes_twenty_are_named(world, actor):
    path = f"/api/devices/{actor.carol.device_id}/attributes/shared"

    actor.api("PATCH", path, **{f"k{number}": number for number in range(1_000)})

    assert "k114, k115 and 980 more of the device" in world.deps.db.audit.documents[-1]["what"]


def test_a_look_at_the_bell_leaves_none(world, actor):
    before = len(world.deps.db.audit.documents)

    actor.api("POST", "/api/notifications/seen", until=1)

    assert len(world.deps.db.audit.documents) == before


def test_admins_see_the_lines_a_hundred_at_a_time(world, carol):
    for number in range(150):
        world.deps.clock.advance(1)
        audit.add(
            world.deps.db, who="x@example.com", address="", what=f"did <b>{number}</b>.",
            now=now_of(world),
        )  # fmt: skip

    page = carol.get("/changes").text

    assert "did &lt;b&gt;149&lt;/b&gt;." in page
    assert "did &lt;b&gt;49&lt;/b&gt;." not in page
    older = carol.get(re.search(r'href="(/changes\?before=\d+)"', page)[1]).text
    assert "did &lt;b&gt;49&lt;/b&gt;." in older
    assert "Older" not in older


def test_a_change_that_was_made_is_not_reported_as_failed_when_the_line_cannot_be_added(
    world, caplog
):
    class Away:
        def insert_one(self, _line):
            raise ServerSelectionTimeoutError("no primary")

    class Database:
        audit = Away()

    with caplog.at_level(logging.WARNING):
        audit.add(Database(), who="x@example.com", address="", what="added", now=None)

    assert "x@example.com added" in caplog.text
