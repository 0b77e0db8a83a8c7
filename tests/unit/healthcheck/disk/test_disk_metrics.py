from typing import Any

from prometheus_client.metrics_core import Metric

from healthcheck.disk import disk_metrics

GUARD = {"level": "saving", "dropped_partitions": 3, "dropped_bytes": 700}


def families(days: float | None, growth: float | None) -> dict[str, Metric]:
    disk: dict[str, Any] = {"guard": GUARD, "forecast": {"days": days}}
    disk["forecast"]["growth_bytes_per_day"] = growth
    return {family.name: family for family in disk_metrics.families(disk)}


def test_the_level_is_one_of_four() -> None:
    samples = families(None, None)["qlines_disk_guard_level"].samples

    levels = {sample.labels["level"]: sample.value for sample in samples}
    assert levels == {"none": 0, "saving": 1, "dropping": 0, "refusing": 0}


def test_what_was_dropped_is_counted() -> None:
    read = families(None, None)

    assert read["qlines_disk_guard_dropped_partitions"].samples[0].value == 3
    assert read["qlines_disk_guard_dropped_bytes"].samples[0].value == 700


def test_a_forecast_is_there_once_it_is_known() -> None:
    assert families(12.5, 1e9)["qlines_disk_forecast_seconds"].samples[0].value == 1_080_000
    assert "qlines_disk_forecast_seconds" not in families(None, -1e9)
    assert "qlines_disk_growth_bytes_per_second" not in families(None, None)


def test_there_is_nothing_before_the_first_measurement() -> None:
    assert list(disk_metrics.families({"guard": None, "forecast": None})) == []
