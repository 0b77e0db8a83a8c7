"""The health endpoints and what they answer, as healthcheck/README.md promises."""

import json

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from healthcheck.metrics.programs import PROGRAM_METRICS
from qlines.counter_name import split
from qlines.programs import NAMES
from tests.harness.deadline import eventually
from tests.harness.programs import FOR_SEVERAL


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
    answer = appliance.wait_well().health("deep")
    report = answer.json()

    assert answer.status_code == 200, report
    assert report["status"] == "ok"
    assert set(report) >= {
        "since", "components", "canary", "spool", "disk", "backup", "version",
    }  # fmt: skip
    assert [item["name"] for item in report["components"]] == [
        name for name in NAMES if name not in FOR_SEVERAL
    ]
    for item in report["components"]:
        assert item["status"] == "ok", item
        assert item["sentence"]
        assert item["restarts_last_hour"] >= 0


def test_the_command_gives_the_same_report_from_inside(appliance):
    report = appliance.wait_well().cli("health")

    assert report["status"] == "ok"


def test_metrics_are_prometheus_text(appliance):
    answer = ask(appliance, "/metrics")

    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["qlines_ready"].samples[0].value == 1


def families_of(appliance):
    text = ask(appliance, "/metrics").text
    return {family.name: family for family in text_string_to_metric_families(text)}


@pytest.mark.parametrize("program", [name for name in PROGRAM_METRICS if name not in FOR_SEVERAL])
def test_metrics_have_everything_that_a_program_counts_without_a_twin(appliance, program):
    heartbeat = json.loads(appliance.exec("cat", f"/run/qlines/heartbeat/{program}.json"))
    declared = PROGRAM_METRICS[program]
    names = {
        name: kind
        for kind, meanings in declared.by_kind().items()
        for name in meanings
        if not name.startswith("twin_")
    }

    counted = {declared.split_part(split(name)[0])[0] for name in heartbeat["counters"]}
    assert counted == set(names)
    families = families_of(appliance)
    shown = {name: families[f"qlines_{program}_{name}"].type for name in names}
    assert shown == names


def test_metrics_have_what_every_program_uses_and_every_store_holds(appliance):
    def measured():
        families = families_of(appliance)
        usages = families["qlines_program_memory_bytes"].samples
        is_done = "init" not in {sample.labels["program"] for sample in usages}
        return families if is_done and "qlines_clickhouse_parts" in families else None

    # The first round is at the start, when init runs and stores may not answer; then every 30 s.
    families = eventually(measured, 60, "a round of measurements after the start")

    running = {*NAMES, "supervisord"} - {"init"} - FOR_SEVERAL
    for name in ("memory_bytes", "cpu_seconds", "open_fds", "max_fds"):
        samples = families[f"qlines_program_{name}"].samples
        assert {sample.labels["program"] for sample in samples} == running, name
        assert min(sample.value for sample in samples) > 0, name
    for name in ("memory_working_set_bytes", "memory_limit_bytes", "cpu_seconds"):
        assert families[f"qlines_container_{name}"].samples[0].value > 0, name
    assert len(families["qlines_jobs"].samples) == 4
    assert families["qlines_clickhouse_parts"].samples
    assert families["qlines_mongodb_connections"].samples[0].value > 0
