"""What store/ promises about products and the devices that ask for a token, on fake and mongod."""

from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import (
    audit,
    claiming,
    claims,
    devices,
    owner_attributes,
    products,
    unregistered,
    waiting_devices,
)
from qlines.store.claims import Claim
from qlines.store.product_rules import checked_product
from qlines.store.provisioning import provision
from qlines.store.unregistered import UnregisteredDevice

ALICE, BOB = ObjectId("a" * 24), ObjectId("b" * 24)
NOW = utc_datetime(1_800_000_000_000_000)
LATER = NOW + timedelta(minutes=2)
ADDRESS = "192.0.2.7"


def product_of(db, owner=ALICE, **fields):
    return products.add(db, owner, checked_product({"name": "Meter", **fields}))


def ask(db, product, now=NOW, **fields):
    keys = {"provisionDeviceKey": product["key"], "provisionDeviceSecret": product["secret"]}
    return provision(db, {**keys, **fields}, ADDRESS, now).answer


class ProvisioningContract:
    def test_a_new_device_gets_a_token_and_is_a_device_of_the_product(self, db):
        product = product_of(db)

        answer = ask(db, product, deviceName=" pump 1 ")

        device = devices.named(db, ALICE, "pump 1")
        assert answer == {
            "status": "SUCCESS",
            "credentialsType": "ACCESS_TOKEN",
            "credentialsValue": device["token"],
            "deviceName": "pump 1",
        }
        assert (device["product"], device["provisioned_at"]) == (product["_id"], NOW)
        assert not device["gateway"]
        assert products.find(db, product["_id"], owner=ALICE)["provisioned"] == 1
        [line] = audit.newest(db, 5)
        assert line["what"] == (
            f"provisioned itself as the device 'pump 1' ({device['_id']}) "
            f"of the product 'Meter' ({product['_id']})"
        )
        assert (line["who"], line["address"], line["at"]) == ("a device", ADDRESS, NOW)

    def test_a_device_chooses_its_token_and_to_be_a_gateway(self, db):
        answer = ask(db, product_of(db), deviceName="hub", token="chosen", gateway=True)

        assert answer["credentialsValue"] == "chosen"
        assert devices.named(db, ALICE, "hub")["gateway"]

    def test_a_device_that_chose_its_token_may_ask_for_it_again_as_the_answer_may_be_lost(self, db):
        product = product_of(db, max_devices=1)
        first = ask(db, product, deviceName="pump", token="made-by-the-pump")
        stored = devices.named(db, ALICE, "pump")

        again = ask(db, product, LATER, deviceName="pump", token="made-by-the-pump")
        other = ask(db, product, LATER, deviceName="pump", token="made-by-another")

        assert again == first
        assert other["status"] == "FAILURE"
        assert devices.named(db, ALICE, "pump") == stored
        assert products.find(db, product["_id"], owner=ALICE)["provisioned"] == 1
        assert len(audit.newest(db, 5)) == 1

    def test_without_a_name_it_is_given_one_of_20_letters_and_digits(self, db):
        answer = ask(db, product_of(db))

        assert len(answer["deviceName"]) == 20
        assert devices.named(db, ALICE, answer["deviceName"])["token"] == answer["credentialsValue"]

    def test_a_name_that_the_owner_uses_fails_and_one_of_another_owner_does_not(self, db):
        product = product_of(db)
        devices.add(db, ALICE, "taken")
        devices.add(db, BOB, "of bob")

        assert ask(db, product, deviceName="taken")["status"] == "FAILURE"
        assert ask(db, product, deviceName="of bob")["status"] == "SUCCESS"

    def test_nothing_is_stored_for_a_wrong_secret_or_a_wrong_key(self, db):
        product = product_of(db)

        for wrong in ({"provisionDeviceKey": "x"}, {"provisionDeviceSecret": "x"}):
            answer = ask(db, product, deviceName="pump", **wrong)
            assert answer["status"] == "NOT_FOUND"
            assert "copy both" in answer["errorMsg"]
        assert devices.count(db, ALICE) == 0
        assert audit.newest(db, 5) == []

    def test_the_old_key_is_refused_once_it_was_rolled_and_tokens_stay(self, db):
        product = product_of(db)
        token = ask(db, product, deviceName="first")["credentialsValue"]

        rolled = products.roll_key(db, product)

        assert ask(db, product, deviceName="second")["status"] == "NOT_FOUND"
        assert ask(db, rolled, deviceName="second")["status"] == "SUCCESS"
        assert devices.named(db, ALICE, "first")["token"] == token

    def test_a_body_without_a_key_is_no_request(self, db):
        with pytest.raises(FieldError, match="provisionDeviceKey"):
            provision(db, {"deviceName": "pump"}, ADDRESS, NOW)

    def test_two_changes_of_a_product_at_once_are_both_made(self, db):
        seen = product_of(db)
        products.change(db, seen, {"quarantine": True})

        after = products.change(db, seen, {"max_devices": 7})

        assert (after["quarantine"], after["max_devices"]) == (True, 7)

    def test_no_more_devices_are_added_than_the_product_may_have(self, db):
        product = product_of(db, max_devices=2, quarantine=True)
        ask(db, product, deviceName="1")
        products.change(db, product, {"quarantine": False})
        ask(db, product, deviceName="2")

        answer = ask(db, product, LATER, deviceName="3")
        devices.remove(db, devices.named(db, ALICE, "2")["_id"], NOW)

        assert answer["status"] == "FAILURE"
        assert "has 2 devices, and its limit is 2" in answer["errorMsg"]
        assert ask(db, product, LATER, deviceName="4")["status"] == "SUCCESS"

    def test_no_more_devices_are_provisioned_in_a_minute_than_allowed(self, db):
        product = product_of(db, max_devices_per_minute=1)
        ask(db, product, deviceName="1")

        in_time = NOW + timedelta(seconds=59)
        assert "1 devices a minute" in ask(db, product, in_time, deviceName="2")["errorMsg"]
        after = NOW + timedelta(seconds=60)
        assert ask(db, product, after, deviceName="2")["status"] == "SUCCESS"

    def test_a_device_that_was_claimed_is_not_made_again_and_counts(self, db):
        product = product_of(db, max_devices=1)
        ask(db, product, deviceName="pump")
        device = str(devices.named(db, ALICE, "pump")["_id"])
        claims.note(db, [Claim(device, 1_800_000_000_000_000, "s3cret", 60_000, False)])
        claiming.claim(db, "pump", "s3cret", BOB, NOW + timedelta(seconds=1))
        assert devices.count(db, ALICE) == 0

        again, another = (ask(db, product, deviceName=name) for name in ("pump", "another"))

        assert "the person who has claimed it" in again["errorMsg"]
        assert "has 1 devices, and its limit is 1" in another["errorMsg"]

    def test_a_token_that_another_device_has_or_waits_with_or_had_is_refused(self, db):
        product = product_of(db)
        device = devices.add(db, BOB, "of bob", token="old")
        devices.new_token(db, device["_id"], owner=BOB, keep_old_seconds=60, now=NOW)
        devices.add(db, BOB, "another", token="current")
        ask(db, product_of(db, BOB, quarantine=True), deviceName="waits", token="waiting")

        for token in ("old", "current", "waiting"):
            answer = ask(db, product, deviceName="pump", token=token)
            assert "belongs to another device" in answer["errorMsg"]

    def test_a_device_that_its_owner_added_is_given_its_token_once(self, db):
        product = product_of(db, strategy="check_pre_provisioned")
        device = devices.add(db, ALICE, "pump")
        devices.patch(db, device["_id"], owner=ALICE, product=product["_id"])

        first = ask(db, product, deviceName="pump", credentialsType="MQTT_BASIC", token="asked")
        second = ask(db, product, deviceName="pump")

        assert first["credentialsValue"] == device["token"]
        server = owner_attributes.of_device(db, str(device["_id"]), "server")
        assert server["provisionState"].value == "provisioned"
        assert second["status"] == "FAILURE"

    def test_a_device_may_provision_again_until_its_owner_says_and_once(self, db):
        product = product_of(db, strategy="check_pre_provisioned")
        device = devices.add(db, ALICE, "pump")
        devices.patch(db, device["_id"], owner=ALICE, product=product["_id"])
        ask(db, product, deviceName="pump")
        until = LATER + timedelta(hours=1)
        devices.allow_provisioning(db, device["_id"], until, owner=ALICE)

        assert ask(db, product, until, deviceName="pump")["status"] == "FAILURE"
        again = ask(db, product, LATER, deviceName="pump")

        after = devices.named(db, ALICE, "pump")
        assert again["credentialsValue"] == after["token"] != device["token"]
        assert (after["old_tokens"], after["provisioned_at"]) == ([], LATER)
        assert ask(db, product, LATER, deviceName="pump")["status"] == "FAILURE"

    def test_a_device_in_quarantine_is_none_until_its_owner_approves_it(self, db):
        product = product_of(db, quarantine=True)

        answer, awaited = provision(
            db,
            {
                "provisionDeviceKey": product["key"],
                "provisionDeviceSecret": product["secret"],
                "deviceName": "pump",
                "token": "chosen",
            },
            ADDRESS,
            NOW,
        )

        assert (answer["credentialsValue"], awaited) == ("chosen", None)
        assert devices.count(db, ALICE) == 0
        [waiting] = waiting_devices.of_owner(db, ALICE, limit=10)
        assert (waiting["name"], waiting["address"]) == ("pump", ADDRESS)
        assert "waits for approval" in ask(db, product, deviceName="pump")["errorMsg"]
        assert waiting_devices.of_owner(db, BOB, limit=10) == []
        with pytest.raises(NotFoundError):
            waiting_devices.approve(db, BOB, [waiting["_id"]])

        [approved] = waiting_devices.approve(db, ALICE, [waiting["_id"]])

        assert devices.find(db, waiting["_id"]) == approved
        assert (approved["token"], approved["product"]) == ("chosen", product["_id"])
        assert waiting_devices.count(db, ALICE) == 0

    def test_a_device_that_waits_is_not_for_the_admin_to_register(self, db):
        ask(db, product_of(db, quarantine=True), deviceName="pump", token="waiting")
        sightings = [
            UnregisteredDevice(source, name, 1, 1, 1, "")
            for source, name in (("http", "waiting"), ("mqtt", "unknown"), ("gateway 1", "waiting"))
        ]

        unregistered.note(db, sightings)

        noted = {(one["source"], one["name"]) for one in unregistered.list_all(db)}
        assert noted == {("mqtt", "unknown"), ("gateway 1", "waiting")}

    def test_approval_fails_when_the_name_was_taken_and_what_waits_stays(self, db):
        ask(db, product_of(db, quarantine=True), deviceName="pump")
        [waiting] = waiting_devices.of_owner(db, ALICE, limit=10)
        devices.add(db, ALICE, "pump")

        with pytest.raises(ConflictError, match="another device has the name of 'pump'"):
            waiting_devices.approve(db, ALICE, [waiting["_id"]])

        assert waiting_devices.count(db, ALICE) == 1

    def test_a_device_that_was_refused_may_ask_again(self, db):
        product = product_of(db, quarantine=True)
        ask(db, product, deviceName="pump")
        [waiting] = waiting_devices.of_owner(db, ALICE, limit=10)

        waiting_devices.refuse(db, ALICE, [waiting["_id"]])

        assert waiting_devices.count(db, ALICE) == 0
        assert ask(db, product, deviceName="pump")["status"] == "SUCCESS"


class ProductsContract:
    def test_products_are_found_by_their_owner_only_sorted_by_name(self, db):
        second = product_of(db, name="Pump 10")
        first = product_of(db, name="Pump 2")
        product_of(db, BOB)

        assert products.of_owner(db, ALICE) == [first, second]
        with pytest.raises(NotFoundError):
            products.find(db, first["_id"], owner=BOB)

    def test_what_is_not_given_stays_and_names_are_taken_once(self, db):
        product_of(db, name="Pump")
        product = product_of(db, quarantine=True, max_devices=None)

        after = products.change(db, product, {"strategy": "disabled"})

        assert after == {**product, "strategy": "disabled"}
        for make in (lambda: product_of(db), lambda: products.change(db, after, {"name": "Pump"})):
            with pytest.raises(ConflictError, match="choose another name"):
                make()

    def test_removed_it_leaves_its_devices_but_not_while_some_wait(self, db):
        product = product_of(db, quarantine=True)
        ask(db, product, deviceName="pump")
        with pytest.raises(ConflictError, match="approve or refuse them first"):
            products.remove(db, product)
        waiting = waiting_devices.of_owner(db, ALICE, limit=10)
        waiting_devices.approve(db, ALICE, [waiting[0]["_id"]])

        products.remove(db, product)

        assert products.of_owner(db, ALICE) == []
        assert devices.named(db, ALICE, "pump")["product"] is None

    def test_only_a_device_of_a_product_may_be_allowed_to_provision_again(self, db):
        product = product_of(db)
        device = devices.add(db, ALICE, "pump")["_id"]
        with pytest.raises(ConflictError, match="of no product"):
            devices.allow_provisioning(db, device, LATER, owner=ALICE)
        devices.patch(db, device, owner=ALICE, product=product["_id"])
        with pytest.raises(NotFoundError):
            devices.allow_provisioning(db, device, LATER, owner=BOB)

        devices.allow_provisioning(db, device, LATER, owner=ALICE)
        assert devices.find(db, device)["provision_until"] == LATER
        assert products.device_count(db, product) == 1

        after = devices.patch(db, device, owner=ALICE, product=None)
        assert (after["product"], after["provision_until"]) == (None, None)
