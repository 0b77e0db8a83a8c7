"""/api/system: the health report for admins."""

from dataclasses import replace

import pytest

from qlines.errors import StoreUnavailableError
from qlines.web.api.system import DaySchema, SystemSchema

REPORT = {
    "status": "degraded",
    "since": 1_800_000_000_000,
    "problems": ["cron (failed): ended with status 1", "the backup failed; try again"],
    "remedies": {"cron (failed): ended with status 1": "Read its last lines"},
    "components": [
        {
            "name": "cron",
            "status": "failed",
            "sentence": "ended with status 1",
            "since": 1_800_000_000_000,
            "restarts_last_hour": 2,
            "needed_for_ready": False,
        }
    ],
    "spool": {"unread_bytes": 0, "lag_ms": {}},
    "twin": {"role": "active", "sentence": "a is active"},
    "version": "1.2.3",
}
DAY = {"every_seconds": 60.0, "at": [1], "messages_per_second": [None], "unread_bytes": [0],
       "lag_seconds": [0.1], "disk_percent": [41.0], "memory_percent": [30.0]}  # fmt: skip
ANSWERS = {"/health/deep": REPORT, "/health/day": DAY}


@pytest.fixture
def checker(world):
    """Return a function that sets what the health checker answers."""

    def answers(ask):
        world.app.extensions["qlines"] = replace(world.deps, ask_health=ask)

    answers(ANSWERS.__getitem__)
    return answers


def test_problems_come_with_what_to_do(carol, checker):
    answer = carol.get("/api/system").json

    assert SystemSchema().validate(answer) == {}
    assert answer["problems"] == [
        {"sentence": "cron (failed): ended with status 1", "remedy": "Read its last lines"},
        {"sentence": "the backup failed; try again", "remedy": ""},
    ]
    assert (answer["version"], answer["role"]) == ("1.2.3", "active")
    assert answer["programs"][0]["restarts_last_hour"] == 2
    assert {"name": "Spool", "sentence": "No message waits."} in answer["facts"]


def test_the_last_day_is_passed_on(carol, checker):
    answer = carol.get("/api/system/day").json

    assert DaySchema().validate(answer) == {}
    assert answer == DAY


def test_a_checker_that_does_not_answer_is_a_problem_itself(carol, checker):
    def refuse(_path):
        raise StoreUnavailableError("the health checker", OSError("connection refused"))

    checker(refuse)

    answer = carol.get("/api/system").json
    assert (answer["status"], answer["since"]) == ("down", None)
    assert "connection refused" in answer["problems"][0]["sentence"]
    assert answer["problems"][0]["remedy"]
    assert carol.get("/api/system/day").status_code == 503


def test_before_the_first_check_it_says_so(carol, checker):
    checker(lambda _path: {"status": "down", "reason": "nothing has been checked yet"})

    answer = carol.get("/api/system").json

    assert [one["sentence"] for one in answer["problems"]] == ["nothing has been checked yet"]
