"""/api/devices/{id}/readings and what is beside it."""

from contextlib import ExitStack

import pytest

from qlines.errors import FieldError, QueryLimitError
from qlines.web.api.readings import DAY_MS, time_range
from qlines.web.rejection_remedies import remedy_of


@pytest.fixture
def path(world, alice):
    now_us = world.deps.clock.now_us()
    world.deps.clickhouse.latest[alice.device_id] = {"a": (now_us, 1.5), "b": (now_us, "text")}
    return f"/api/devices/{alice.device_id}"


def test_it_lists_the_keys(alice, path):
    assert alice.get(f"{path}/keys").json == ["a", "b"]


def test_it_gives_pairs_of_milliseconds_and_value_by_key(world, alice, path):
    now_ms = world.deps.clock.now_us() // 1000

    assert alice.get(f"{path}/readings?keys=a&points=3").json == {"a": [[now_ms, 1.5]]}


def test_a_band_has_mean_lowest_and_highest(world, alice, path):
    now_ms = world.deps.clock.now_us() // 1000

    assert alice.get(f"{path}/readings?agg=band").json == {
        "a": [[now_ms, 1.5, 1.5, 1.5]],
        "b": [[now_ms, "text", None, None]],
    }


def test_without_keys_it_gives_all_of_them(alice, path):
    assert list(alice.get(f"{path}/readings?keys=&from=&to=").json) == ["a", "b"]


def test_a_key_without_readings_has_an_empty_list(alice, path):
    assert alice.get(f"{path}/readings?keys=none").json == {"none": []}


def test_raw_readings_are_linked_from_page_to_page(alice, path):
    first = alice.get(f"{path}/readings?agg=none&limit=1")

    assert set(first.json) == {"a", "b"}
    assert len(first.json["a"]) == 1
    cursor = first.headers["X-QLines-Next-Cursor"]
    following = first.headers["Link"].partition(">")[0].removeprefix("<")
    assert f"cursor={cursor}" in following
    second = alice.get(following.replace("limit=1", "limit=2"))
    assert (second.json["a"], len(second.json["b"])) == ([], 1)
    assert "X-QLines-Next-Cursor" not in second.headers


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("points=0", "points"),
        ("points=5001", "points"),
        ("agg=median", "agg"),
        ("limit=0", "limit"),
        ("from=-1", "from"),
        ("from=yesterday", "from"),
        ("to=99999999999999", "to"),
        ("from=2000&to=1000", "from"),
        ("agg=none&cursor=wrong", "cursor"),
        ("keys=" + ",".join(str(i) for i in range(51)), "keys"),
        ("colour=red", "colour"),
    ],
)
def test_it_names_the_parameter_that_is_wrong(alice, path, query, field):
    answer = alice.get(f"{path}/readings?{query}")

    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [field]


@pytest.mark.parametrize("part", ["keys", "readings"])
def test_it_says_that_clickhouse_is_away(world, alice, path, part):
    world.deps.clickhouse.is_away = True

    answer = alice.get(f"{path}/{part}")

    assert answer.status_code == 503
    assert "clickhouse" in answer.json["detail"]


def test_the_last_day_is_shown_when_no_time_is_given():
    assert time_range(None, None, 10 * DAY_MS) == (9 * DAY_MS, 10 * DAY_MS)
    assert time_range(None, 5 * DAY_MS, 10 * DAY_MS) == (4 * DAY_MS, 5 * DAY_MS)
    assert time_range(DAY_MS, None, 10 * DAY_MS) == (DAY_MS, 10 * DAY_MS)


def test_a_range_must_go_forward():
    with pytest.raises(FieldError, match="from must be before 'to'"):
        time_range(5, 5, 10)


def test_it_shows_rejected_messages_newest_first(world, alice, path):
    for ts in range(12):
        world.deps.db.rejected.insert_one(
            {
                "_id": ts,
                "device": alice.device["_id"],
                "ts": ts,
                "reason": "not JSON",
                "topic": "t",
                "payload": "<b>",
            }
        )

    found = alice.get(f"{path}/rejected").json

    assert [one["ts"] for one in found] == list(range(11, 1, -1))
    assert found[0]["payload"] == "<b>"
    assert found[0]["remedy"] == remedy_of("not JSON")


@pytest.mark.parametrize("name", ["keys", "readings?keys=a"])
def test_a_person_with_too_many_queries_gets_429_and_others_get_answers(world, alice, bob, name):
    turns = world.deps.query_turns
    with ExitStack() as running:
        for _ in range(22):  # two run, twenty wait
            running.callback(turns._leave, alice.id, turns._enter(alice.id))

        refused = alice.get(f"/api/devices/{alice.device_id}/{name}")
        answered = bob.get(f"/api/devices/{bob.device_id}/{name}")

    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    assert refused.headers["Retry-After"] == "5"
    assert "wait for their answers" in refused.json["detail"]
    assert answered.status_code == 200


@pytest.mark.parametrize(("status", "retry_after"), [(422, None), (503, "2")])
def test_a_query_over_its_limit_says_what_to_ask_for_instead(
    monkeypatch, alice, path, status, retry_after
):
    def fail(*_arguments):
        raise QueryLimitError("ask for a shorter time", status, RuntimeError())

    monkeypatch.setattr("qlines.web.api.readings.series", fail)

    answer = alice.get(f"{path}/readings?keys=a")

    assert answer.status_code == status
    assert answer.json["detail"] == "ask for a shorter time"
    assert answer.headers.get("Retry-After") == retry_after


def test_it_refuses_more_points_than_it_can_make_without_delaying_others(alice, path):
    keys = ",".join(str(number) for number in range(6))

    answer = alice.get(f"{path}/readings?keys={keys}&points=5000")

    assert answer.status_code == 422
    assert "at most 25,000 for all keys together" in answer.json["detail"]
