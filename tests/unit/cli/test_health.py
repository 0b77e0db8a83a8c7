from qlines.cli import health


def test_it_tells_a_person_the_status_the_troubles_and_every_component() -> None:
    told = health.lines(
        {
            "status": "degraded",
            "problems": ["cron (failed): ended with status 1 and was not started again"],
            "components": [
                {
                    "name": "cron",
                    "status": "failed",
                    "restarts_last_hour": 2,
                    "sentence": "ended with status 1 and was not started again",
                }
            ],
        }
    )

    assert told == [
        "QLines is degraded",
        "  cron (failed): ended with status 1 and was not started again",
        "",
        "COMPONENT  STATUS  RESTARTS",
        "cron       failed  2         ended with status 1 and was not started again",
    ]


def test_it_tells_that_the_checker_is_silent() -> None:
    told = health.lines({"status": "down", "reason": "the health checker does not answer"})

    assert told == ["QLines is down", "the health checker does not answer"]
