"""What store/ promises about claims and about claiming, on the fake and on mongod."""

from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.errors import ConflictError
from qlines.store import (
    claiming,
    claims,
    commands,
    controls,
    devices,
    gateway_devices,
    owner_attributes,
    products,
)
from qlines.store.claiming import Outcome
from qlines.store.claims import Claim
from qlines.store.command_document import NewCommand
from qlines.store.control_rules import checked_control
from qlines.store.controls import Place
from qlines.store.gateway_devices import Behind
from qlines.store.owner_attributes import FORMER_OWNER
from qlines.store.product_rules import checked_product
from qlines.store.provisioning import WHO

MAKER, BOB, OTHER_MAKER = (ObjectId(letter * 24) for letter in "abc")
NOW_US = 1_800_000_000_000_000
NOW = utc_datetime(NOW_US)
MINUTE_MS = 60_000


def added(db, name="meter", *, owner=MAKER, **more):
    return str(devices.add(db, owner, name, **more)["_id"])


def claim_of(device, *, at_s=0, secret="s3cret", ms=MINUTE_MS, by_gateway=False):
    return Claim(device, NOW_US + at_s * 1_000_000, secret, ms, by_gateway)


def command(method):
    return NewCommand(method, None, True, timedelta(seconds=60), 0, "someone@example.com", None)


def secrets_of(db, device, *, at_s=1):
    found = claims.open_of(db, [ObjectId(device)], NOW + timedelta(seconds=at_s))
    return [one["secret"] for one in found]


class ClaimsContract:
    def test_a_claim_stands_until_it_expires(self, db):
        device = added(db)

        claims.note(db, [claim_of(device)])

        assert secrets_of(db, device, at_s=59) == ["s3cret"]
        assert secrets_of(db, device, at_s=60) == []

    def test_the_first_one_stands_and_later_ones_do_not_replace_it(self, db):
        device = added(db)

        claims.note(db, [claim_of(device)])
        claims.note(db, [claim_of(device, at_s=30, secret="other")])

        assert secrets_of(db, device, at_s=59) == ["s3cret"]
        assert secrets_of(db, device, at_s=61) == []

    def test_one_that_comes_after_the_first_has_expired_stands(self, db):
        device = added(db)

        claims.note(db, [claim_of(device)])
        claims.note(db, [claim_of(device, at_s=60, secret="other")])

        assert secrets_of(db, device, at_s=61) == ["other"]

    def test_a_spent_one_is_over_and_the_same_message_again_does_not_bring_it_back(self, db):
        device = added(db)
        claims.note(db, [claim_of(device)])

        claims.spend(db, [ObjectId(device)])
        claims.note(db, [claim_of(device)])

        assert secrets_of(db, device) == []

    def test_a_new_one_after_a_spent_one_stands(self, db):
        device = added(db)
        claims.note(db, [claim_of(device)])

        claims.spend(db, [ObjectId(device)])
        claims.note(db, [claim_of(device, at_s=1, secret="new")])

        assert secrets_of(db, device) == ["new"]

    def test_the_claims_of_a_removed_device_are_gone(self, db):
        device = added(db)
        claims.note(db, [claim_of(device)])

        devices.remove(db, device, NOW)

        assert db.claims.count_documents({}) == 0


class ClaimingContract:
    @pytest.fixture
    def device(self, db):
        device = added(db, tags=["batch 7"])
        claims.note(db, [claim_of(device)])
        return device

    def claim(self, db, name="meter", secret="s3cret", claimer=BOB, *, at_s=1):
        return claiming.claim(db, name, secret, claimer, NOW + timedelta(seconds=at_s))

    def test_the_right_secret_makes_the_claimer_the_owner_without_the_makers_tags(self, db, device):
        claimed = self.claim(db)

        assert claimed.outcome == Outcome.SUCCESS
        assert claimed.before["owner"] == MAKER
        assert claimed.device["owner"] == BOB
        assert claimed.device["tags"] == []
        assert devices.count(db, MAKER) == 0
        assert [one.id for one in devices.names(db, BOB)] == [device]

    def test_only_a_device_that_published_a_claim_can_be_claimed(self, db):
        added(db)

        assert self.claim(db, secret="").outcome == Outcome.FAILURE
        assert self.claim(db, name="unheard of").outcome == Outcome.FAILURE

    def test_a_claim_that_has_expired_is_none(self, db, device):
        assert self.claim(db, at_s=61).outcome == Outcome.FAILURE

    def test_a_wrong_secret_spends_the_claim(self, db, device):
        assert self.claim(db, secret="guess").outcome == Outcome.FAILURE

        assert self.claim(db).outcome == Outcome.FAILURE
        claims.note(db, [claim_of(device, at_s=2)])
        assert self.claim(db, at_s=3).outcome == Outcome.SUCCESS

    def test_a_claimed_device_cannot_be_claimed_again(self, db, device):
        self.claim(db)
        claims.note(db, [claim_of(device, at_s=2)])

        again = self.claim(db, claimer=OTHER_MAKER, at_s=3)

        assert again.outcome == Outcome.CLAIMED
        assert devices.find(db, device)["owner"] == BOB

    def test_the_secret_says_which_of_several_makers_devices_of_one_name_it_is(self, db, device):
        other = added(db, owner=OTHER_MAKER)
        claims.note(db, [claim_of(other, secret="another")])

        assert str(self.claim(db, secret="another").device["_id"]) == other
        assert devices.find(db, device)["owner"] == MAKER

    def test_with_the_same_secret_nobody_gets_any_and_nothing_is_spent(self, db, device):
        other = added(db, owner=OTHER_MAKER)
        claims.note(db, [claim_of(other)])

        with pytest.raises(ConflictError, match="2 devices named 'meter' wait for the same secret"):
            self.claim(db)

        assert (secrets_of(db, device), secrets_of(db, other)) == (["s3cret"], ["s3cret"])

    def test_whoever_has_a_device_of_the_name_is_asked_to_rename_it_first(self, db, device):
        own = added(db, owner=BOB)

        with pytest.raises(ConflictError, match="you have a device named 'meter'"):
            self.claim(db, secret="guess")

        devices.patch(db, own, owner=BOB, name="old meter")
        assert self.claim(db).outcome == Outcome.SUCCESS

    def test_given_back_it_has_the_name_and_tags_that_it_had_there(self, db, device):
        self.claim(db)
        renamed = devices.patch(db, device, owner=BOB, name="kitchen", tags=["home"])

        returned = claiming.give_back(db, renamed, NOW)

        assert (returned["owner"], returned["name"], returned["tags"]) == (
            MAKER,
            "meter",
            ["batch 7"],
        )
        assert "claimed_from" not in returned
        with pytest.raises(ConflictError, match="was not claimed from anybody"):
            claiming.give_back(db, returned, NOW)

    def test_it_is_of_its_makers_product_while_the_maker_has_it(self, db, device):
        product = products.add(db, MAKER, checked_product({"name": "meter"}))
        products.add_devices(db, product, "batch 7")

        claimed = self.claim(db).device
        assert claimed["product"] is None
        returned = claiming.give_back(db, claimed, NOW)

        assert returned["product"] == product["_id"]

    def test_but_not_of_one_that_is_gone_by_now(self, db, device):
        product = products.add(db, MAKER, checked_product({"name": "meter"}))
        products.add_devices(db, product, "batch 7")
        claimed = self.claim(db).device
        db.products.delete_many({"_id": product["_id"]})

        assert claiming.give_back(db, claimed, NOW)["product"] is None

    def test_given_back_it_can_be_claimed_by_a_new_claim_only(self, db, device):
        claiming.give_back(db, self.claim(db).device, NOW)

        assert self.claim(db).outcome == Outcome.FAILURE
        claims.note(db, [claim_of(device, at_s=2)])
        assert self.claim(db, at_s=3).outcome == Outcome.SUCCESS

    def test_where_the_name_is_taken_by_now_the_end_of_the_id_is_added(self, db, device):
        claimed = self.claim(db).device
        added(db)

        assert claiming.give_back(db, claimed, NOW)["name"] == f"meter ({device[-6:]})"

    def test_one_that_a_gateway_speaks_for_waits_until_its_name_is_free_there(self, db):
        sensor = added(db, "sensor")
        claims.note(db, [claim_of(sensor, by_gateway=True)])
        claimed = self.claim(db, "sensor").device
        other = added(db, "sensor")

        with pytest.raises(ConflictError, match="has another named 'sensor'"):
            claiming.give_back(db, claimed, NOW)
        devices.remove(db, other, NOW, owner=MAKER)

        assert claiming.give_back(db, claimed, NOW)["name"] == "sensor"

    def test_what_was_given_back_in_the_meantime_is_not_given_back_twice(self, db, device):
        claimed = self.claim(db).device
        claiming.give_back(db, claimed, NOW)

        with pytest.raises(ConflictError, match="no longer yours"):
            claiming.give_back(db, claimed, NOW)

    def test_its_controls_follow_and_its_former_owners_commands_are_gone(self, db, device):
        definition = checked_control({"label": "On", "method": "on", "kind": "button"})
        controls.add(db, MAKER, Place(ObjectId(device), None), definition)
        commands.add(db, device, command("reboot"), NOW, in_order=False)

        claimed = self.claim(db).device

        assert [one["label"] for one in controls.of_device(db, claimed)] == ["On"]
        assert commands.page(db, device, state=None, page=1, per_page=9) == ([], 0)
        new = commands.add(db, device, command("on"), NOW, in_order=False)
        assert new["number"] == 2, "a number that the device has seen is not given again"

    def test_its_attributes_follow_and_nobody_learns_who_set_them(self, db, device):
        for scope, key in (("shared", "level"), ("server", "note")):
            owner_attributes.set_values(db, device, scope, {key: 7}, "maker@example.com", NOW)
        owner_attributes.set_values(db, device, "server", {"provisionState": "x"}, WHO, NOW)

        self.claim(db)
        owner_attributes.set_values(db, device, "shared", {"mode": "eco"}, "bob@example.com", NOW)

        assert self.values(db, device) == {
            "level": (7, FORMER_OWNER),
            "mode": ("eco", "bob@example.com"),
            "note": (7, FORMER_OWNER),
            "provisionState": ("x", WHO),
        }
        assert [at.ts_ms for at in owner_attributes.of_device(db, device, "server").values()] == [
            NOW_US // 1000, NOW_US // 1000
        ]  # fmt: skip

        claiming.give_back(db, devices.find(db, device), NOW)

        assert self.values(db, device)["mode"] == ("eco", FORMER_OWNER)

    def values(self, db, device):
        return {
            key: (one.value, one.by)
            for scope in owner_attributes.COLLECTIONS
            for key, one in owner_attributes.of_device(db, device, scope).items()
        }

    def test_a_gateway_speaks_on_for_a_device_that_was_claimed_through_it(self, db):
        hub, sensor = added(db, "hub", gateway=True), added(db, "sensor")
        gateway_devices.note(db, {sensor: hub})
        claims.note(db, [claim_of(sensor, by_gateway=True)])
        claimed = self.claim(db, "sensor").device
        devices.patch(db, sensor, owner=BOB, name="kitchen")

        assert gateway_devices.behind(db, [sensor]) == {
            sensor: Behind(hub, "sensor", is_claimed=True)
        }
        assert gateway_devices.named(db, MAKER, "sensor")["_id"] == claimed["_id"]

    def test_but_not_for_one_that_published_the_claim_itself(self, db):
        hub, sensor = added(db, "hub", gateway=True), added(db, "sensor")
        gateway_devices.note(db, {sensor: hub})
        claims.note(db, [claim_of(sensor)])
        self.claim(db, "sensor")

        assert gateway_devices.behind(db, [sensor]) == {}
        assert gateway_devices.named(db, MAKER, "sensor") is None
