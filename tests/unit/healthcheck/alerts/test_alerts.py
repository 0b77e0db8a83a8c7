"""Every alert fires when it should and is quiet when it should not, as Prometheus evaluates it."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.healthcheck.alerts.cases import CASES, Series
from tests.unit.healthcheck.exported import EXPORTED, labels_used, metrics_used

ROOT = Path(__file__).resolve().parents[4]
RULES_FILE = ROOT / "healthcheck" / "alerts" / "qlines.yml"
GROUPS = yaml.safe_load(RULES_FILE.read_text())["groups"]
RULES = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
FIRING = 'count by (alertname) (ALERTS{{alertstate="firing",alertname="{}"}})'


def promtool(*arguments: str) -> None:
    result = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def story(alert: str, name: str, series: Series, minute: int, *, is_firing: bool) -> dict[str, Any]:
    """Return one test of promtool: the series, and whether the alert fires at that minute."""
    expected = [{"labels": f'{{alertname="{alert}"}}', "value": 1}] if is_firing else []
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [
            {"expr": FIRING.format(alert), "eval_time": f"{minute}m", "exp_samples": expected}
        ],
    }


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


def test_the_rules_are_valid() -> None:
    promtool("check", "rules", str(RULES_FILE))


def test_each_alert_has_a_case() -> None:
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_fires_and_is_quiet(alert: str, tmp_path: Path) -> None:
    case = CASES[alert]
    stories = [
        story(alert, "fires", case.fires, case.minute, is_firing=True),
        story(alert, "quiet", case.quiet, case.minute, is_firing=False),
    ]
    file = tmp_path / "test.yml"
    # JSON is YAML.
    file.write_text(
        json.dumps({"rule_files": [str(RULES_FILE)], "evaluation_interval": "1m", "tests": stories})
    )

    promtool("test", "rules", str(file))


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_uses_only_what_the_checker_exports(alert: str) -> None:
    expression = RULES[alert]["expr"]
    used = metrics_used(expression)

    assert used - set(EXPORTED) == set()
    known = {label for metric in used for label in EXPORTED[metric]}
    assert labels_used(expression) - known == set()


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_says_what_is_wrong_and_what_to_do(alert: str) -> None:
    notes = RULES[alert]["annotations"]

    assert RULES[alert]["labels"]["severity"] in {"critical", "warning"}
    assert len(notes["summary"]) > 10
    assert len(notes["description"]) > 30
    path, _, anchor = notes["runbook"].partition("#")
    assert anchor in anchors(ROOT / path), notes["runbook"]


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_names_only_labels_that_it_has(alert: str) -> None:
    rule = RULES[alert]
    named = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
    metrics = metrics_used(rule["expr"])

    assert named <= {label for metric in metrics for label in EXPORTED[metric]}
