"""The pages of products."""

from qlines.clock import utc_datetime
from qlines.store import products
from qlines.store.product_rules import checked_product
from qlines.store.provisioning import provision

HOSTILE = "</h1><b>'\"&"


def add(world, person, **fields):
    return products.add(world.deps.db, person.id, checked_product({"name": "Meter", **fields}))


def ask(world, product):
    keys = {"provisionDeviceKey": product["key"], "provisionDeviceSecret": product["secret"]}
    provision(world.deps.db, keys, "192.0.2.7", utc_datetime(world.deps.clock.now_us()))


def test_the_list_has_the_owners_products_and_says_what_waits(world, alice, bob):
    made = add(world, alice, quarantine=True, name=HOSTILE)
    ask(world, made)
    add(world, bob, name="Of Bob")

    page = alice.get("/products").text

    assert f'href="/products/{made["_id"]}"' in page
    assert "wait for approval" in page
    assert '<span class="badge bg-yellow-lt ms-2">1</span>' in page
    assert HOSTILE not in page
    assert "Of Bob" not in page


def test_a_page_has_the_settings_but_only_the_api_gives_out_the_key(world, alice):
    made = add(world, alice, strategy="check_pre_provisioned", max_devices=None, name=HOSTILE)

    page = alice.get(f"/products/{made['_id']}").text

    assert 'value="check_pre_provisioned" checked' in page
    assert 'id="max_devices" type="number" min="1" max="1000000" step="1" value=""' in page
    assert HOSTILE not in page
    assert made["key"] not in page
    assert made["secret"] not in page


def test_the_list_of_devices_says_that_some_wait(world, alice, bob):
    product = add(world, alice, quarantine=True)
    assert "for your approval" not in alice.get("/devices").text

    for count in ("1 new device waits", "2 new devices wait"):
        ask(world, product)
        assert f"{count} for your approval.</a>" in alice.get("/devices").text
    assert "for your approval" not in bob.get("/devices").text


def test_the_page_of_a_device_offers_products_once_there_are_some(world, alice):
    path = f"/devices/{alice.device_id}"
    assert "May provision again" not in alice.get(path).text
    product = add(world, alice)
    alice.call("PATCH", f"/api{path}", json={"product": str(product["_id"])})

    page = alice.get(path).text

    assert "May provision again" in page
    assert f'<option value="{product["_id"]}" selected>Meter</option>' in page
