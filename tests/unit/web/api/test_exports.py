"""/api/exports: asked for here, made by a job."""

import pytest

from qlines.store import export_store, exports


@pytest.fixture
def queued(monkeypatch):
    found = []
    monkeypatch.setattr(
        "qlines.web.api.exports.enqueue_export", lambda _redis, one: found.append(one)
    )
    return found


def body(alice, **change):
    return {
        "device": alice.device_id,
        "keys": ["a"],
        "from": 0,
        "to": 10,
        "format": "csv",
        **change,
    }


def test_it_records_the_request_and_queues_the_job(world, alice, queued):
    answer = alice.call("POST", "/api/exports", json=body(alice))

    assert answer.status_code == 202
    assert queued == [answer.json["id"]]
    export = exports.find(world.deps.db, answer.json["id"])
    assert (export["keys"], export["from"], export["to"]) == (["a"], 0, 10)
    assert alice.get(f"/api/exports/{answer.json['id']}").json == {"state": "queued"}


def test_a_finished_export_has_a_file_named_after_the_device(world, alice, queued):
    made = alice.call("POST", "/api/exports", json=body(alice)).json["id"]
    (world.deps.exports_dir / f"{made}.csv").write_text("time,key,value\n")
    exports.finish(world.deps.db, made, f"{made}.csv")

    shown = alice.get(f"/api/exports/{made}").json
    answer = alice.call("GET", shown["url"], buffered=True)

    assert shown["state"] == "done"
    assert answer.text == "time,key,value\n"
    assert answer.headers["Content-Disposition"] == "attachment; filename=alice_s_device.csv"


def test_a_file_that_another_node_has_made_comes_from_the_database(
    world, alice, queued, monkeypatch
):
    made = alice.call("POST", "/api/exports", json=body(alice)).json["id"]
    exports.finish(world.deps.db, made, f"{made}.csv", in_database=True)
    monkeypatch.setattr(export_store, "read", lambda _db, _id: (4, iter([b"ti", b"me"])))

    answer = alice.call("GET", f"/api/exports/{made}/file", buffered=True)

    assert (answer.text, answer.headers["Content-Length"]) == ("time", "4")
    assert answer.headers["Content-Disposition"] == "attachment; filename=alice_s_device.csv"


def test_a_running_export_says_how_far_it_is(world, alice, queued):
    made = alice.call("POST", "/api/exports", json=body(alice)).json["id"]
    exports.begin(world.deps.db, made)
    first = alice.get(f"/api/exports/{made}").json

    exports.note_progress(world.deps.db, made, 40)

    assert first == {"state": "running", "percent": 0}
    assert alice.get(f"/api/exports/{made}").json == {"state": "running", "percent": 40}


def test_a_failed_export_says_why(world, alice, queued):
    made = alice.call("POST", "/api/exports", json=body(alice)).json["id"]
    exports.fail(world.deps.db, made, "the disk is full")

    assert alice.get(f"/api/exports/{made}").json == {
        "state": "failed",
        "error": "the disk is full",
    }
    assert alice.get(f"/api/exports/{made}/file").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "xls"}, "format"),
        ({"keys": "a"}, "keys"),
        ({"from": "0"}, "from"),
        ({"from": 20}, "from"),
        ({"to": -1}, "to"),
        ({"to": 1.5}, "to"),
        ({"device": 5}, "device"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_it_names_the_field_that_is_wrong(alice, queued, change, field):
    answer = alice.call("POST", "/api/exports", json=body(alice, **change))

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [field]
    assert queued == []


@pytest.mark.parametrize("field", ["device", "keys", "from", "to", "format"])
def test_it_names_the_field_that_is_missing(alice, queued, field):
    incomplete = {name: value for name, value in body(alice).items() if name != field}

    answer = alice.call("POST", "/api/exports", json=incomplete)

    assert [one["field"] for one in answer.json["errors"]] == [field]


def test_a_person_has_at_most_five_unfinished_exports(world, alice, bob, queued):
    for _ in range(5):
        assert alice.call("POST", "/api/exports", json=body(alice)).status_code == 202

    refused = alice.call("POST", "/api/exports", json=body(alice))

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "30"
    assert bob.call("POST", "/api/exports", json=body(bob)).status_code == 202
    exports.fail(world.deps.db, queued[0], "no reason")
    assert alice.call("POST", "/api/exports", json=body(alice)).status_code == 202
