"""The dashboard can be imported as it is, and shows only what /metrics has.

Grafana's own schema is documented at
https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.healthcheck.exported import EXPORTED, labels_used, metrics_used

ROOT = Path(__file__).resolve().parents[4]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "healthcheck/grafana/qlines.json").read_text())
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"] if panel["type"] != "row"}
PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24


def expressions(panel: dict[str, Any]) -> list[str]:
    """Return its queries, with values in place of the dashboard's variables."""
    texts = [target["expr"] for target in panel["targets"]]
    return [text.replace("$__rate_interval", "5m").replace("$instance", "a:1") for text in texts]


def cells(panel: dict[str, Any]) -> Iterator[tuple[int, int]]:
    place = panel["gridPos"]
    for row in range(place["y"], place["y"] + place["h"]):
        for column in range(place["x"], place["x"] + place["w"]):
            yield row, column


def test_it_asks_which_prometheus_and_which_appliance() -> None:
    variables = {item["name"]: item for item in DASHBOARD["templating"]["list"]}

    assert (variables["datasource"]["type"], variables["datasource"]["query"]) == (
        "datasource",
        "prometheus",
    )
    assert variables["instance"]["datasource"] == PROMETHEUS
    assert variables["instance"]["definition"] == "label_values(qlines_ready, instance)"


def test_it_is_of_a_schema_that_grafana_10_and_later_import() -> None:
    assert DASHBOARD["schemaVersion"] == 39
    assert DASHBOARD["uid"] == "qlines"
    assert "id" not in DASHBOARD  # Grafana gives it one
    assert "__inputs" not in DASHBOARD


def test_its_rows_follow_the_reader() -> None:
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]

    assert rows == ["Is it well?", "Devices ▶ pipeline", "Stores", "Web", "Resources", "Backups"]


def test_no_two_panels_overlap_or_share_an_id() -> None:
    covered = [cell for panel in DASHBOARD["panels"] for cell in cells(panel)]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]

    assert len(set(covered)) == len(covered)
    assert max(column for _, column in covered) < COLUMNS
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_has_a_description_a_unit_and_its_source(title: str) -> None:
    panel = PANELS[title]

    assert len(panel["description"]) > 15
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == PROMETHEUS
    assert all(target["datasource"] == PROMETHEUS for target in panel["targets"])
    refs = [target["refId"] for target in panel["targets"]]
    assert refs == sorted(set(refs))


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_shows_only_what_the_checker_exports(title: str) -> None:
    for target, expression in zip(
        PANELS[title]["targets"], expressions(PANELS[title]), strict=True
    ):
        used = metrics_used(expression)
        known = {label for metric in used for label in EXPORTED.get(metric, ())}
        shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))

        assert used
        assert used - set(EXPORTED) == set()
        assert (labels_used(expression) | shown) - known == set()


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_is_of_the_chosen_appliance_only(title: str) -> None:
    for expression in expressions(PANELS[title]):
        assert expression.count('instance="a:1"') == len(re.findall(r"qlines_\w+", expression))


def test_prometheus_can_parse_every_query(tmp_path: Path) -> None:
    rules = [
        {"record": "panel:query", "expr": expression, "labels": {"panel": f"{title} {number}"}}
        for title, panel in PANELS.items()
        for number, expression in enumerate(expressions(panel))
    ]
    file = tmp_path / "rules.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))

    result = subprocess.run(
        ["promtool", "check", "rules", file], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
