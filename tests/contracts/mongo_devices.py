"""What store/devices.py promises, on the fake and on mongod."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import devices
from qlines.store.device_batches import add_tags, remove_tags
from qlines.store.device_search import NamedDevice, searched
from qlines.store.devices import PageRequest

ALICE, BOB = ObjectId("a" * 24), ObjectId("b" * 24)
NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def names(db, owner=ALICE, **request):
    page = PageRequest(**{"page": 1, "per_page": 10, **request})
    return [device["name"] for device in devices.list_page(db, owner, page)]


class DevicesContract:
    def test_it_finds_what_was_added(self, db):
        added = devices.add(db, ALICE, "Pump", tags=["cellar"], gateway=True, token="t1")

        found = devices.find(db, str(added["_id"]), owner=ALICE)

        assert found == added
        assert (found["name"], found["tags"], found["gateway"]) == ("Pump", ["cellar"], True)

    def test_another_owners_device_is_not_found(self, db):
        added = devices.add(db, ALICE, "Pump")

        for device_id in (added["_id"], ObjectId(), "no id"):
            with pytest.raises(NotFoundError):
                devices.find(db, device_id, owner=BOB)

    def test_a_name_is_unique_per_owner(self, db):
        devices.add(db, ALICE, "Pump")
        devices.add(db, BOB, "Pump")

        with pytest.raises(ConflictError, match="already has a device named 'Pump'"):
            devices.add(db, ALICE, "Pump")

    def test_a_token_is_unique_among_all_owners_and_retained_ones(self, db):
        device = devices.add(db, ALICE, "Pump", token="t1")
        devices.new_token(db, device["_id"], owner=ALICE, keep_old_seconds=60, now=NOW)
        devices.add(db, BOB, "Fan", token="t2")

        with pytest.raises(ConflictError, match="had this token before"):
            devices.add(db, BOB, "Valve", token="t1")
        with pytest.raises(ConflictError, match="the token belongs to another device"):
            devices.add(db, ALICE, "Valve", token="t2")

    def test_it_refuses_a_bad_field(self, db):
        with pytest.raises(FieldError, match="name must have 1 to 128 characters"):
            devices.add(db, ALICE, " ")

    def test_names_are_sorted_by_number_and_without_regard_to_case(self, db):
        for name in ("pump 10", "Zebra", "pump 2", "apple"):
            devices.add(db, ALICE, name)
        devices.add(db, BOB, "bobs")

        assert names(db) == ["apple", "pump 2", "pump 10", "Zebra"]
        assert names(db, descending=True, per_page=2) == ["Zebra", "pump 10"]
        assert names(db, page=2, per_page=3) == ["Zebra"]
        assert [device.name for device in devices.names(db, ALICE)] == names(db)

    @pytest.mark.parametrize(
        ("search", "expected"), [("PUMP", ["pump 2"]), ("roof", ["Zebra"]), (".*", [])]
    )
    def test_it_searches_names_and_tags_for_text(self, db, search, expected):
        devices.add(db, ALICE, "pump 2")
        devices.add(db, ALICE, "Zebra", tags=["Roof"])

        assert names(db, search=search) == expected
        assert devices.count(db, ALICE, search) == len(expected)

    def test_it_searches_ids(self, db):
        device = devices.add(db, ALICE, "pump 2")
        devices.add(db, ALICE, "pump 3")

        assert names(db, search=str(device["_id"])[6:]) == ["pump 2"]

    @pytest.mark.parametrize(
        ("search", "expected"),
        [
            ("CAFE", ["cafe"]),
            ("É", ["Café"]),
            ("strasse", ["STRASSE"]),
            ("σοφ", ["ΣΟΦΟΣ"]),
            ("насос", ["Насос"]),
            ("a.b", ["a.b"]),
            ("roof", ["cafe", "Насос"]),
            ("aaaaaa", []),
            (" ", []),
        ],
    )
    def test_a_search_in_memory_finds_the_same_in_the_same_order(self, db, search, expected):
        for name in ("STRASSE", "Straße", "Насос", "ΣΟΦΟΣ", "a.b", "axb", "Café", "cafe"):
            devices.add(db, ALICE, name, tags=["Roof"] if name in ("Насос", "cafe") else [])

        assert names(db, search=search) == expected
        assert [found.name for found in searched(devices.names(db, ALICE), search)] == expected

    def test_a_search_in_memory_finds_the_same_ids(self, db):
        device = devices.add(db, ALICE, "pump 2")
        devices.add(db, ALICE, "pump 3")

        for search in (str(device["_id"])[6:], str(device["_id"])[6:].upper()):
            found = searched(devices.names(db, ALICE), search)
            assert [one.name for one in found] == names(db, search=search) == ["pump 2"]

    def test_it_filters_by_tag(self, db):
        devices.add(db, ALICE, "a", tags=["roof", "wet"])
        devices.add(db, ALICE, "b", tags=["roof garden"])
        devices.add(db, ALICE, "roof")
        devices.add(db, BOB, "c", tags=["roof"])

        assert names(db, tag="roof") == ["a"]
        assert names(db, tag="roof", search="b") == []
        assert devices.count(db, ALICE, tag="roof") == 1
        assert devices.names(db, ALICE)[1].tags == ("roof garden",)

    def test_tags_are_added_to_all_devices_or_to_none(self, db):
        one = devices.add(db, ALICE, "a", tags=["wet"])
        full = devices.add(db, ALICE, "b", tags=[f"t{number}" for number in range(20)])
        bobs = devices.add(db, BOB, "c")

        add_tags(db, ALICE, [one["_id"]], ["roof", "wet"])
        with pytest.raises(FieldError, match="'b' has too many"):
            add_tags(db, ALICE, [one["_id"], full["_id"]], ["new"])
        with pytest.raises(NotFoundError):
            add_tags(db, ALICE, [one["_id"], bobs["_id"]], ["new"])
        with pytest.raises(FieldError):
            add_tags(db, ALICE, [one["_id"]], [" "])
        with pytest.raises(FieldError, match="several tags"):
            add_tags(db, ALICE, [one["_id"]], ["a|b"])

        assert devices.find(db, one["_id"])["tags"] == ["wet", "roof"]

    def test_tags_are_taken_from_the_devices_that_have_them(self, db):
        one = devices.add(db, ALICE, "a", tags=["wet", "roof"])
        two = devices.add(db, ALICE, "b", tags=["cellar"])
        bobs = devices.add(db, BOB, "c", tags=["wet"])

        remove_tags(db, ALICE, [one["_id"], two["_id"]], ["wet", "unknown"])
        with pytest.raises(NotFoundError):
            remove_tags(db, ALICE, [two["_id"], bobs["_id"]], ["cellar"])

        assert [devices.find(db, each["_id"])["tags"] for each in (one, two, bobs)] == [
            ["roof"],
            ["cellar"],
            ["wet"],
        ]

    def test_all_devices_are_removed_or_none(self, db):
        first, second = (devices.add(db, ALICE, name) for name in ("a", "b"))
        bobs = devices.add(db, BOB, "c")

        with pytest.raises(NotFoundError):
            devices.remove_all(db, ALICE, [first["_id"], bobs["_id"]], NOW)
        assert devices.remove_all(db, ALICE, [first["_id"]], NOW) == [first]

        assert names(db) == ["b"]
        assert names(db, BOB) == ["c"]
        assert devices.find(db, second["_id"]) == second

    def test_what_a_new_device_may_conflict_with(self, db):
        devices.add(db, ALICE, "mine")
        devices.add(db, BOB, "theirs", token="t1")
        retained = devices.add(db, BOB, "retained", token="t2")
        devices.new_token(db, retained["_id"], owner=BOB, keep_old_seconds=60, now=NOW)
        devices.add(db, BOB, "other", token="t3")

        found = devices.beside(db, ALICE, ["t1", "t2", "unknown"])

        assert {device["name"] for device in found} == {"mine", "theirs", "retained"}

    def test_a_patch_changes_only_what_is_given(self, db):
        device = devices.add(db, ALICE, "Pump", tags=["cellar"])
        devices.add(db, ALICE, "Fan")

        changed = devices.patch(db, device["_id"], owner=ALICE, gateway=True)

        assert changed == {**device, "gateway": True}
        with pytest.raises(ConflictError):
            devices.patch(db, device["_id"], owner=ALICE, name="Fan")
        with pytest.raises(NotFoundError):
            devices.patch(db, device["_id"], owner=BOB, name="Mine")

    def test_an_old_token_is_retained_until_its_expiry(self, db):
        device = devices.add(db, ALICE, "Pump", token="t1")
        later = NOW + timedelta(seconds=61)

        first = devices.new_token(db, device["_id"], owner=ALICE, keep_old_seconds=60, now=NOW)
        second = devices.new_token(db, device["_id"], owner=ALICE, keep_old_seconds=0, now=later)

        expires_at = NOW + timedelta(seconds=60)
        assert first["old_tokens"] == [{"token": "t1", "expires_at": expires_at}]
        assert second["old_tokens"] == []
        assert len({"t1", first["token"], second["token"]}) == 3

    def test_of_two_new_tokens_at_once_neither_is_lost(self, db, monkeypatch):
        device = devices.add(db, ALICE, "Pump", token="t1")
        new = []

        def token_while_another_is_made():
            if not new:
                new.append("")
                new[0] = replaced()["token"]
            return make_token()

        def replaced():
            return devices.new_token(db, device["_id"], owner=ALICE, keep_old_seconds=60, now=NOW)

        make_token = devices.make_token
        monkeypatch.setattr(devices, "make_token", token_while_another_is_made)

        last = replaced()

        assert [old["token"] for old in last["old_tokens"]] == ["t1", new[0]]

    def test_a_removed_device_leaves_nothing_but_its_readings(self, db):
        device = devices.add(db, ALICE, "Pump")
        for collection in (db.presence, db.attributes):
            collection.update_one(
                {"_id": device["_id"]},
                {"$set": {"connected": True, "changed_at": NOW, "client": []}},
                upsert=True,
            )

        assert devices.remove(db, device["_id"], NOW, owner=ALICE) == device

        for collection in (db.devices, db.presence, db.attributes):
            assert collection.find_one({"_id": device["_id"]}) is None

    def test_it_returns_devices_in_the_order_of_the_ids(self, db):
        first, second = (str(devices.add(db, ALICE, name)["_id"]) for name in ("a", "b"))
        bobs = str(devices.add(db, BOB, "c")["_id"])

        found = devices.with_ids(db, ALICE, [second, bobs, first])

        assert [device["name"] for device in found] == ["b", "a"]
        assert devices.owned(db, ALICE, [second, bobs]) == {second}
        assert devices.names(db, BOB) == [NamedDevice(bobs, "c")]
