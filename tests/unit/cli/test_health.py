from qlines.cli import health


def test_the_text_has_the_status_the_problems_and_every_component() -> None:
    text = health.lines(
        {
            "status": "degraded",
            "problems": ["cron (failed): ended with status 1 and was not started again"],
            "remedies": {"cron (failed): ended with status 1 and was not started again": "Read"},
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

    assert text == [
        "QLines is degraded",
        "  cron (failed): ended with status 1 and was not started again",
        "    ▶ Read",
        "",
        "COMPONENT  STATUS  RESTARTS",
        "cron       failed  2         ended with status 1 and was not started again",
    ]


def test_the_text_says_that_the_checker_does_not_answer() -> None:
    text = health.lines({"status": "down", "reason": "the health checker does not answer"})

    assert text == ["QLines is down", "the health checker does not answer"]
