"""The health endpoints and what they say, as CONTRACT.md shapes it."""

import requests


def ask(appliance, path, **headers):
    return requests.get(
        f"http://127.0.0.1:{appliance.health_port}{path}", headers=headers, timeout=10
    )


def test_live_and_ready_need_no_token(appliance):
    assert ask(appliance, "/health/live").json()["status"] == "ok"
    assert ask(appliance, "/health/ready").json()["status"] == "ok"


def test_deep_needs_the_token_that_was_made_at_first_boot(appliance):
    assert ask(appliance, "/health/deep").status_code == 401
    assert ask(appliance, "/health/deep", Authorization="Bearer wrong").status_code == 401


def test_deep_tells_of_every_program_and_of_the_whole(appliance):
    answer = appliance.health("deep")
    report = answer.json()

    assert answer.status_code == 200, report
    assert report["status"] == "ok"
    assert set(report) >= {
        "since", "components", "canary", "spool", "disk", "backup", "version",
    }  # fmt: skip
    assert {item["name"] for item in report["components"]} >= {
        "redis", "mongodb", "clickhouse", "kafka", "registry", "mosquitto", "ingest", "writer",
        "live", "rqworker", "cron", "gunicorn",
    }  # fmt: skip
    for item in report["components"]:
        assert item["status"] == "ok", item
        assert item["sentence"]
        assert item["restarts_last_hour"] >= 0


def test_the_command_gives_the_same_report_from_inside(appliance):
    report = appliance.cli("health")

    assert report["status"] == "ok"


def test_metrics_are_prometheus_text(appliance):
    answer = ask(appliance, "/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert "# TYPE qlines_" in answer.text
