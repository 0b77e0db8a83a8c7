"""The health endpoints and what they answer, as healthcheck/README.md promises."""

import json

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from healthcheck.program_metrics import PROGRAM_METRICS
from qlines.programs import NAMES


def ask(appliance, path, **headers):
    return requests.get(
        f"http://127.0.0.1:{appliance.health_port}{path}", headers=headers, timeout=10
    )


def test_live_and_ready_need_no_token(appliance):
    assert ask(appliance, "/health/live").json()["status"] == "ok"
    assert ask(appliance, "/health/ready").json()["status"] == "ok"


def test_deep_needs_the_token_that_was_generated_at_first_boot(appliance):
    assert ask(appliance, "/health/deep").status_code == 401
    assert ask(appliance, "/health/deep", Authorization="Bearer wrong").status_code == 401


def test_deep_reports_every_program_and_the_whole(appliance):
    answer = appliance.health("deep")
    report = answer.json()

    assert answer.status_code == 200, report
    assert report["status"] == "ok"
    assert set(report) >= {
        "since", "components", "canary", "spool", "disk", "backup", "version",
    }  # fmt: skip
    assert [item["name"] for item in report["components"]] == list(NAMES)
    for item in report["components"]:
        assert item["status"] == "ok", item
        assert item["sentence"]
        assert item["restarts_last_hour"] >= 0


def test_the_command_gives_the_same_report_from_inside(appliance):
    report = appliance.cli("health")

    assert report["status"] == "ok"


def test_metrics_are_prometheus_text(appliance):
    answer = ask(appliance, "/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["qlines_ready"].samples[0].value == 1


@pytest.mark.parametrize("program", PROGRAM_METRICS)
def test_metrics_have_everything_that_a_program_counts(appliance, program):
    heartbeat = json.loads(appliance.exec("cat", f"/run/qlines/heartbeat/{program}.json"))
    counters, gauges = PROGRAM_METRICS[program]

    assert set(heartbeat["counters"]) == {*counters, *gauges}
    text = ask(appliance, "/metrics").text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert {name for name in counters if f"qlines_{program}_{name}" not in families} == set()
    assert {families[f"qlines_{program}_{name}"].type for name in gauges} <= {"gauge"}
