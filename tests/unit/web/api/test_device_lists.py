"""Many devices at once: tags, removal, and the list as a CSV file."""

import pytest

from qlines.store import devices


@pytest.fixture
def pumps(world, alice):
    added = [devices.add(world.deps.db, alice.id, f"pump {n}", tags=["cellar"]) for n in (1, 2)]
    return [str(device["_id"]) for device in added]


def tags_of(alice):
    return {one["name"]: one["tags"] for one in alice.get("/api/data").json["items"]}


def test_tags_are_added_to_many(alice, pumps):
    body = {"devices": pumps, "tags": ["north", "cellar"]}

    answer = alice.call("POST", "/api/devices/tag", json=body)

    assert answer.json == {"count": 2, "added": {"north": pumps, "cellar": []}}
    assert tags_of(alice) == {
        "alice's device": [],
        "pump 1": ["cellar", "north"],
        "pump 2": ["cellar", "north"],
    }


def test_tags_are_taken_from_many(alice, pumps):
    body = {"devices": pumps, "tags": ["cellar", "unknown"]}

    assert alice.call("POST", "/api/devices/untag", json=body).json == {"count": 2}

    assert tags_of(alice)["pump 1"] == []


def test_nothing_changes_when_one_device_is_not_ones_own(alice, bob, pumps):
    ids = [*pumps, bob.device_id]

    tagged = alice.call("POST", "/api/devices/tag", json={"devices": ids, "tags": ["north"]})
    untagged = alice.call("POST", "/api/devices/untag", json={"devices": ids, "tags": ["cellar"]})
    removed = alice.call("POST", "/api/devices/remove", json={"devices": ids})

    assert {each.status_code for each in (tagged, untagged, removed)} == {404}
    assert tags_of(alice)["pump 1"] == ["cellar"]


@pytest.mark.parametrize("tags", [[], [" "], ["x" * 65]])
def test_a_bad_tag_is_refused(alice, pumps, tags):
    answer = alice.call("POST", "/api/devices/tag", json={"devices": pumps, "tags": tags})

    assert answer.status_code == 422


def test_many_are_removed(alice, pumps):
    assert alice.call("POST", "/api/devices/remove", json={"devices": pumps}).json == {"count": 2}

    assert list(tags_of(alice)) == ["alice's device"]


@pytest.mark.parametrize("ids", [[], ["a" * 24] * 201])
def test_there_is_a_limit_to_many(alice, ids):
    answer = alice.call("POST", "/api/devices/remove", json={"devices": ids})

    assert answer.status_code == 422
    assert "must be 1 to 200 ids" in answer.json["detail"]


def exported(alice, **body):
    answer = alice.call("POST", "/api/devices/export", json=body)
    assert answer.mimetype == "text/csv"
    return answer.text.splitlines()


def test_the_list_is_exported_without_tokens(alice, pumps):
    assert exported(alice) == [
        "name,owner,gateway,tags",
        "alice's device,alice@example.com,false,",
        "pump 1,alice@example.com,false,cellar",
        "pump 2,alice@example.com,false,cellar",
    ]


def test_tokens_are_exported_when_they_are_asked_for(alice):
    assert exported(alice, tokens=True)[1] == "alice's device,alice@example.com,token-alice,false,"


def test_what_is_filtered_or_selected_is_exported(alice, pumps):
    assert len(exported(alice, tag="cellar")) == 3
    assert len(exported(alice, search="pump 1", status="never")) == 2
    assert len(exported(alice, status="online")) == 1
    assert exported(alice, devices=[pumps[1]])[1].startswith("pump 2")
