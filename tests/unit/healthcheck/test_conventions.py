"""All of /metrics follows Prometheus' conventions, as its own linter understands them."""

import re
import subprocess

from tests.unit.healthcheck.exported import EXPORTED, OF_PROMETHEUS, text

# Few values each: no device, no user, no path of a request.
LABELS = {
    "program", "status", "stage", "version", "writer", "consumer", "state", "table", "area", "le",
    "level", *OF_PROMETHEUS,
}  # fmt: skip


def test_prometheus_finds_nothing_to_complain_about() -> None:
    result = subprocess.run(
        ["promtool", "check", "metrics"], input=text(), capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_every_metric_has_a_sample_and_a_meaning() -> None:
    meanings = dict(re.findall(r"^# HELP (\S+) ?(.*)$", text(), re.MULTILINE))
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text(), re.MULTILINE))

    assert [name for name, meaning in meanings.items() if len(meaning) < 10] == []
    endings = {"histogram": "_count", "summary": "_count"}
    assert [
        name for name, kind in types.items() if name + endings.get(kind, "") not in EXPORTED
    ] == []


def test_labels_have_few_values() -> None:
    assert set().union(*EXPORTED.values()) - LABELS == set()
