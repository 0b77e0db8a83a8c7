from healthcheck import twins
from healthcheck.ready import Readiness
from healthcheck.report import View, may_users_come
from qlines.catch_up_record import CatchUp, Progress, Request
from qlines.role import Member, Role

A, B = Member("a", "PRIMARY", 0.0), Member("b", "SECONDARY", 1.5)
ACTIVE = Role("active", 3.0, 9.0, "this side is active", (A, B), 7)


def test_without_a_twin_nothing_is_said():
    assert twins.document(None) is None
    assert twins.problems(None) == []
    assert may_users_come(View({}, Readiness("ok"), {}), 0.0) == (200, {"status": "ok"})


def test_the_report_says_who_is_active_and_how_far_each_side_is_behind():
    assert twins.document(ACTIVE) == {
        "role": "active",
        "since": 3_000,
        "sentence": "this side is active",
        "members": [
            {"side": "a", "state": "PRIMARY", "behind_seconds": 0.0},
            {"side": "b", "state": "SECONDARY", "behind_seconds": 1.5},
        ],
        "telemetry": None,
        "catch_up": None,
    }


def test_it_says_how_far_the_readings_of_the_other_side_are():
    counters = {
        "readings": 9, "twin_lag_seconds": 0.5, "twin_behind_records": 3,
        "twin_unanswered_seconds": 0,
    }  # fmt: skip
    catch_up = CatchUp(Request("gone", 1.0), Progress(1.0, None, 12, ("202610",), 70, "comparing"))

    found = twins.document(ACTIVE, counters, catch_up)

    assert found["telemetry"] == {
        "lag_seconds": 0.5, "behind_records": 3, "unanswered_seconds": 0,
    }  # fmt: skip
    assert found["catch_up"] == {
        "is_needed": True, "reason": "gone", "sentence": "comparing",
        "partitions_done": 1, "partitions": 12, "copied_points": 70,
    }  # fmt: skip


def test_it_is_a_problem_when_no_side_is_active_or_none_could_take_over():
    away = Member("b", "(not reachable/healthy)", None)
    unknown = Role("unknown", 3.0, 9.0, "no side has the majority")

    assert twins.problems(ACTIVE) == []
    assert twins.problems(ACTIVE._replace(members=(A, away))) == ["this side is active"]
    assert twins.problems(unknown) == ["no side has the majority"]
    assert twins.problems(ACTIVE._replace(role="standby", members=(away,))) == []


def test_ready_tells_the_proxies_the_role_whether_users_may_come_or_not():
    role = {"role": "active", "role_reason": "this side is active", "role_since": "7"}
    ready = View({}, Readiness("ok"), {}, role=ACTIVE)
    draining = View({}, Readiness("draining", "maintenance"), {}, role=ACTIVE)

    assert may_users_come(ready, 0.0) == (200, {"status": "ok", **role})
    assert may_users_come(draining, 0.0) == (
        503, {"status": "draining", "reason": "maintenance", **role},
    )  # fmt: skip
