"""Bytes per point on disk after ClickHouse has merged everything."""

from tests.bench import history
from tests.bench.bench import Bench
from tests.harness.people import new_person

DEVICES = 20


def measure(bench: Bench) -> dict[str, float]:
    """Insert a month of three keys every 10 s for 20 devices, merge, and sum all tables."""
    with bench.appliance() as appliance:
        owner = new_person(appliance, "bench")
        points = sum(
            history.insert(appliance, owner.new_device().id, list(history.KEYS))
            for _ in range(DEVICES)
        )
        appliance.exec_sql("OPTIMIZE TABLE points FINAL")
        parts = appliance.sql(
            "SELECT sum(bytes_on_disk) AS bytes, sum(rows) AS rows FROM system.parts"
            " WHERE active AND database != 'system'"
        )[0]
        assert int(parts["rows"]) >= points, f"{parts} is less than the {points} inserted"
        return {"bytes_per_point": int(parts["bytes"]) / points}
