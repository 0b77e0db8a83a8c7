"""Devices ask for their tokens at the same time, in several programs, on mongod."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import ObjectId

from qlines.clients import mongodb
from qlines.clock import utc_datetime
from qlines.store import devices, products, waiting_devices
from qlines.store.product_rules import checked_product
from qlines.store.provisioning import provision

ALICE = ObjectId("a" * 24)
NOW = utc_datetime(1_800_000_000_000_000)
PROGRAMS = 4


@pytest.fixture
def ask(mongodb_url, db):
    """Return a function that lets devices with these names ask at once, each program in turn."""
    programs = [mongodb.connect(mongodb_url) for _ in range(PROGRAMS)]

    def ask_at_once(product, names):
        def one(number_and_name):
            number, name = number_and_name
            body = {
                "deviceName": name,
                "provisionDeviceKey": product["key"],
                "provisionDeviceSecret": product["secret"],
            }
            return provision(programs[number % PROGRAMS], body, "192.0.2.7", NOW).answer

        with ThreadPoolExecutor(2 * PROGRAMS) as threads:
            answers = list(threads.map(one, enumerate(names)))
        return [answer for answer in answers if answer["status"] == "SUCCESS"]

    yield ask_at_once
    for program in programs:
        program.client.close()


def product_of(db, **fields):
    return products.add(db, ALICE, checked_product({"name": "Meter", **fields}))


@pytest.mark.parametrize("quarantine", [False, True])
def test_one_name_makes_one_device(db, ask, quarantine):
    product = product_of(db, quarantine=quarantine)

    successes = ask(product, ["pump"] * 16)

    assert len(successes) == 1
    assert devices.count(db, ALICE) + waiting_devices.count(db, ALICE) == 1


def test_the_last_places_of_a_product_are_given_once(db, ask):
    product = product_of(db, max_devices=5)

    successes = ask(product, [str(number) for number in range(20)])

    assert len(successes) == devices.count(db, ALICE) == 5
    assert products.find(db, product["_id"], owner=ALICE)["provisioned"] == 5


def test_the_limit_of_a_minute_holds(db, ask):
    product = product_of(db, max_devices_per_minute=3)

    assert len(ask(product, [str(number) for number in range(12)])) == 3


def test_a_device_that_waits_for_its_token_is_given_it_once(db, ask):
    product = product_of(db, strategy="check_pre_provisioned")
    device = devices.add(db, ALICE, "pump")
    devices.patch(db, device["_id"], owner=ALICE, product=product["_id"])

    assert [one["credentialsValue"] for one in ask(product, ["pump"] * 12)] == [device["token"]]


def test_a_permission_to_provision_again_is_used_once(db, ask):
    product = product_of(db)
    [first] = ask(product, ["pump"])
    device = devices.named(db, ALICE, "pump")
    until = utc_datetime(1_800_000_001_000_000)
    devices.allow_provisioning(db, device["_id"], until, owner=ALICE)

    [again] = ask(product, ["pump"] * 12)

    token = devices.named(db, ALICE, "pump")["token"]
    assert first["credentialsValue"] != again["credentialsValue"] == token
