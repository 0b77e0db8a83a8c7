import json
from typing import Any

from appliance.shared.http_server import Request
from healthcheck import backups
from healthcheck.day.sample import Sample
from healthcheck.ready import Readiness
from healthcheck.report import Loop, View
from healthcheck.response import State, is_allowed, response_to
from qlines.backup_record import Record

TOKEN = "the-token-of-this-appliance"
DEEP: dict[str, Any] = {
    "status": "ok",
    "components": [],
    "spool": {"writers": {}, "lag_ms": {}},
    "version": "1.2.3",
    "oom_kills": {"count": None, "victims": []},
    "disk": {"total_bytes": 2, "free_bytes": 1},
    "repairs": [],
    "backup": backups.document(Record(), None, 1.0),
}
READY = Readiness("ok")
OUTSIDE = "172.17.0.1"


def state(status: str = "ok", readiness: Readiness = READY) -> State:
    return State(View({**DEEP, "status": status}, readiness, {}), Loop(silent_seconds=1.0))


def get(path: str, seen: State, authorization: str = "", peer: str = OUTSIDE) -> tuple[int, Any]:
    response = response_to(Request(path, authorization, peer), TOKEN, seen)
    return response.status, json.loads(response.body)


def test_the_last_day_is_for_the_inside_and_for_who_has_the_token() -> None:
    seen = state()._replace(day=(Sample(1_800_000_000, 10.0, 12, 1.2, 40.0, None),))

    assert get("/health/day", seen)[0] == 401
    assert get("/health/day", seen, f"Bearer {TOKEN}")[0] == 200
    status, body = get("/health/day", seen, peer="127.0.0.1")
    assert (status, body["messages_per_second"]) == (200, [10.0])


def test_it_is_live_while_the_loop_runs() -> None:
    assert get("/health/live", state()) == (200, {"status": "ok"})


def test_it_is_not_live_when_the_loop_hangs() -> None:
    status, body = get("/health/live", State(None, Loop(silent_seconds=45.0)))

    assert status == 503
    assert body == {"status": "down", "reason": "the checker's loop has been stuck for 45 s"}


def test_it_is_ready_when_every_program_needed_for_ready_is_well() -> None:
    assert get("/health/ready", state()) == (200, {"status": "ok"})


def test_it_says_why_it_is_not_ready() -> None:
    seen = state("down", Readiness("starting", "kafka is starting; init is blocked by kafka"))

    status, body = get("/health/ready", seen)

    assert status == 503
    assert body["reason"] == "kafka is starting; init is blocked by kafka"


def test_it_is_starting_before_the_first_view() -> None:
    status, body = get("/health/ready", State(None, Loop(0.1)))

    assert (status, body["status"]) == (503, "starting")


def test_it_shows_the_deep_report_to_the_inside() -> None:
    assert get("/health/deep", state(), peer="127.0.0.1")[0] == 200


def test_it_shows_the_deep_report_to_a_request_with_the_token() -> None:
    assert get("/health/deep", state(), f"Bearer {TOKEN}")[0] == 200


def test_it_hides_the_deep_report_from_others() -> None:
    assert get("/health/deep", state())[0] == 401
    assert get("/health/deep", state(), "Bearer something-else")[0] == 401
    assert get("/health/deep", state(), f"Basic {TOKEN}")[0] == 401


def test_no_request_is_allowed_when_there_is_no_token() -> None:
    assert not is_allowed("Bearer ", "")


def test_the_deep_report_is_503_only_when_the_appliance_is_down() -> None:
    assert get("/health/deep", state("degraded"), peer="127.0.0.1")[0] == 200
    assert get("/health/deep", state("down"), peer="127.0.0.1")[0] == 503


def test_it_names_the_paths_when_one_is_unknown() -> None:
    status, body = get("/", state())

    assert status == 404
    assert "/health/ready" in body["reason"]


def test_it_gives_metrics_as_text() -> None:
    response = response_to(Request("/metrics", "", OUTSIDE), TOKEN, state())

    assert response.content_type.startswith("text/plain; version=0.0.4")
    assert "qlines_ready 1.0\n" in response.body


def test_it_is_not_ready_when_the_last_view_is_old() -> None:
    seen = state()
    status, body = get("/health/ready", seen._replace(loop=Loop(silent_seconds=45.0)))

    assert status == 503
    assert body["reason"] == "the checker's loop has been stuck for 45 s"
