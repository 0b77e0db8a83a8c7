"""/api/data: registered devices only, a page at a time, also while ClickHouse is away."""

import pytest

from qlines.store import devices


def names(answer):
    return [item["name"] for item in answer.json["items"]]


@pytest.fixture
def pumps(world, alice):
    made = {}
    for number in (1, 2, 10):
        made[number] = devices.add(world.deps.db, alice.id, f"pump {number}", tags=["cellar"])
    return {number: str(device["_id"]) for number, device in made.items()}


def test_it_shows_the_newest_values_with_their_types(world, alice):
    now_us = world.deps.clock.now_us()
    world.deps.clickhouse.latest[alice.device_id] = {
        "temperature": (now_us, 21.5),
        "open": (now_us, True),
        "place": (now_us, {"lat": 1}),
    }

    answer = alice.get("/api/data")

    assert set(answer.json) == {"items", "total", "page", "per_page"}
    [item] = answer.json["items"]
    assert set(item) == {"id", "name", "tags", "status", "last_seen", "values"}
    assert item["status"] == "online"
    assert item["last_seen"] == now_us // 1000
    assert item["values"]["temperature"] == {"ts": now_us // 1000, "value": 21.5}
    assert item["values"]["open"]["value"] is True
    assert item["values"]["place"]["value"] == {"lat": 1}


def test_it_hides_a_device_that_only_clickhouse_knows(world, alice):
    world.deps.clickhouse.latest["f" * 24] = {"temperature": (1, 1)}

    assert names(alice.get("/api/data")) == ["alice's device"]


def test_a_removed_device_disappears_at_once(alice):
    alice.call("DELETE", f"/api/devices/{alice.device_id}")

    assert alice.get("/api/data").json["items"] == []


def test_it_gives_a_page_and_the_total(alice, pumps):
    answer = alice.get("/api/data?page=2&per_page=3")

    assert (answer.json["total"], answer.json["page"], answer.json["per_page"]) == (4, 2, 3)
    assert len(answer.json["items"]) == 1


def test_a_page_after_the_last_is_empty(alice):
    answer = alice.get("/api/data?page=7")

    assert answer.json["items"] == []
    assert answer.json["total"] == 1


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("PUMP 1", ["pump 1", "pump 10"]),
        ("cellar", ["pump 1", "pump 2", "pump 10"]),
        (".*", []),
        ("alice's", ["alice's device"]),
        ("' OR 1=1 --", []),
    ],
)
def test_it_finds_text_in_names_and_tags_and_runs_no_pattern(alice, pumps, search, expected):
    answer = alice.call("GET", "/api/data", query_string={"search": search})

    assert names(answer) == expected


def test_it_finds_a_device_by_a_part_of_its_id(alice, pumps):
    answer = alice.get(f"/api/data?search={pumps[2][4:]}")

    assert names(answer) == ["pump 2"]


def test_it_sorts_by_last_seen_over_all_pages(world, alice, pumps):
    now_us = world.deps.clock.now_us()
    world.deps.clickhouse.latest = {
        pumps[1]: {"a": (now_us - 5_000_000, 1)},
        pumps[10]: {"a": (now_us - 1_000_000, 1)},
    }

    first = alice.get("/api/data?sort=last_seen&order=desc&per_page=1")
    second = alice.get("/api/data?sort=last_seen&order=desc&per_page=1&page=2")

    assert names(first) + names(second) == ["pump 10", "pump 1"]
    assert first.json["total"] == 4


def test_parameters_without_a_value_count_as_left_out(alice):
    assert alice.get("/api/data?search=&sort=&page=").status_code == 200


@pytest.mark.parametrize("sort", ["name", "last_seen", "status"])
def test_it_shows_devices_and_a_notice_while_clickhouse_is_away(world, alice, sort):
    world.deps.clickhouse.is_away = True

    answer = alice.get(f"/api/data?sort={sort}")

    assert answer.status_code == 200
    assert names(answer) == ["alice's device"]
    assert "clickhouse does not answer" in answer.headers["X-QLines-Notice"]


def test_one_device_has_the_same_row(world, alice):
    world.deps.clickhouse.latest[alice.device_id] = {"a": (world.deps.clock.now_us(), 1)}

    row = alice.get(f"/api/devices/{alice.device_id}/latest").json

    assert row == alice.get("/api/data").json["items"][0]


@pytest.fixture
def fleet(world, alice, pumps):
    """Return pump 1 online, pump 2 offline, and pump 10 with Alice's device never seen."""
    now_us = world.deps.clock.now_us()
    world.deps.clickhouse.latest = {
        pumps[1]: {"a": (now_us, 1)},
        pumps[2]: {"a": (now_us - 3_600_000_000, 1)},
    }
    return pumps


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=online", ["pump 1"]),
        ("status=offline", ["pump 2"]),
        ("status=never", ["alice's device", "pump 10"]),
        ("status=never&order=desc", ["pump 10", "alice's device"]),
        ("status=never&per_page=1&page=2", ["pump 10"]),
        ("status=never&tag=cellar", ["pump 10"]),
        ("tag=cellar&sort=last_seen&order=desc", ["pump 1", "pump 2", "pump 10"]),
        ("tag=cell", []),
        ("tag=cellar&search=2&status=offline", ["pump 2"]),
    ],
)
def test_it_filters_by_status_and_tag(alice, fleet, query, expected):
    assert names(alice.get(f"/api/data?{query}")) == expected


def test_the_total_is_that_of_the_filter(alice, fleet):
    assert alice.get("/api/data?status=never&per_page=1").json["total"] == 2
    assert alice.get("/api/data?tag=cellar&per_page=1").json["total"] == 3


def test_it_refuses_a_status_that_does_not_exist(alice):
    answer = alice.get("/api/data?status=asleep")

    assert answer.status_code == 422
    assert "must be one of online, offline, never, got asleep" in answer.json["detail"]


def test_the_summary_counts_by_status_and_tag(alice, bob, fleet):
    summary = alice.get("/api/data/summary").json

    assert summary == {
        "statuses": {"online": 1, "offline": 1, "never": 2},
        "tags": {"cellar": 3},
    }
    assert bob.get("/api/data/summary").json["statuses"]["never"] == 1


def test_without_clickhouse_the_summary_says_that_it_is_uncertain(world, alice):
    world.deps.clickhouse.is_away = True

    answer = alice.get("/api/data/summary")

    assert answer.json["statuses"] == {"online": 0, "offline": 1, "never": 0}
    assert "clickhouse does not answer" in answer.headers["X-QLines-Notice"]


def test_a_device_that_was_just_added_or_removed_is_in_every_order(alice):
    assert len(names(alice.get("/api/data?sort=last_seen"))) == 1

    added = alice.call("POST", "/api/devices", json={"name": "pump"}).json
    assert names(alice.get("/api/data?sort=last_seen")) == ["alice's device", "pump"]
    assert alice.get("/api/data/summary").json["statuses"]["never"] == 2

    alice.call("DELETE", f"/api/devices/{added['id']}")
    assert names(alice.get("/api/data?sort=last_seen")) == ["alice's device"]


def test_reading_rows_leaves_what_is_kept_of_the_fleets(world, alice, monkeypatch):
    cleared = []
    monkeypatch.setattr(world.deps.fleets, "clear", lambda: cleared.append(1))

    alice.call("POST", "/api/data/rows", json={"devices": [alice.device_id]})
    assert cleared == []

    alice.call("POST", "/api/devices/tag", json={"devices": [alice.device_id], "tags": ["a"]})
    assert cleared == [1]


def test_the_rows_of_some_devices_come_without_those_that_do_not_exist(alice, bob):
    ids = ["f" * 24, alice.device_id, bob.device_id]

    answer = alice.call("POST", "/api/data/rows", json={"devices": ids})

    assert [row["id"] for row in answer.json["items"]] == [alice.device_id]
    assert answer.json["items"] == alice.get("/api/data").json["items"]
