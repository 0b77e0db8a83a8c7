"""Measure the appliance and print the values beside the budgets.

`make bench` runs every measurement in about an hour, `make bench
ONLY=latency,memory` some of them. The values are written to build/bench.json too. Nothing here is
a test: the values depend on the machine.
"""

import importlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.budgets import BUDGETS, table, verdict
from tests.harness.appliance import Appliance, image_under_test
from tests.harness.docker import ROOT, remove_leftovers, run

MEASUREMENTS = (
    "image", "start", "memory", "cpu", "capacity", "latency", "load", "overload", "kills",
    "commands", "alarms", "disk", "devices", "million", "series", "page", "press", "watchers",
    "neighbours", "routing", "backup", "nodes", "twins",
    "alarm_failovers",
)  # fmt: skip
IDLE_LOAD = 0.5
RESULTS = ROOT / "build" / "bench.json"


class Bench:
    """What a measurement needs: the image, a folder, and appliances that are removed after it."""

    def __init__(self, image: str, folder: Path) -> None:
        self.image = image
        self.folder = folder

    @contextmanager
    def appliance(self, **options: Any) -> Iterator[Appliance]:
        """Yield a new appliance for one measurement."""
        appliance = Appliance(self.image, **options)
        try:
            yield appliance.start()
        finally:
            appliance.remove()

    @staticmethod
    def report_progress(sentence: str) -> None:
        """Print a sentence to standard error."""
        sys.stderr.write(f"  {sentence}\n")


def chosen(only: str) -> list[str]:
    """Return the measurements that ONLY names, in the order of MEASUREMENTS; by default all."""
    names = [name.strip() for name in only.split(",") if name.strip()] or list(MEASUREMENTS)
    unknown = set(names) - set(MEASUREMENTS)
    if unknown:
        sys.exit(f"ONLY must name some of {', '.join(MEASUREMENTS)}, got {', '.join(unknown)}")
    return [name for name in MEASUREMENTS if name in names]


def measure(bench: Bench, names: list[str]) -> dict[str, float]:
    """Run measurements one after the other; return their values by the names of the budgets."""
    values: dict[str, float] = {}
    for name in names:
        started = time.monotonic()
        sys.stderr.write(f"{name}\n")
        measured = importlib.import_module(f"tests.bench.{name}").measure(bench)
        values |= measured
        sys.stderr.write(f"{table(measured)}\n  ({time.monotonic() - started:.0f} s)\n\n")
    return {name: values[name] for name in BUDGETS if name in values}


def write(values: dict[str, float], busy: float) -> None:
    """Write build/bench.json; values that were not measured now are retained."""
    earlier = json.loads(RESULTS.read_text())["values"] if RESULTS.exists() else {}
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": run("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD").strip(),
        "cores": os.cpu_count(),
        "load_before": busy,
        "values": earlier
        | {
            name: {
                "value": value,
                "unit": BUDGETS[name].unit,
                "verdict": verdict(BUDGETS[name], value),
            }
            for name, value in values.items()
        },
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def main() -> int:
    """Run the measurements; return 1 when a budget is missed."""
    names = chosen(os.environ.get("ONLY", ""))
    busy = os.getloadavg()[0]
    if busy > IDLE_LOAD:
        sys.stderr.write(
            f"This machine is busy (load {busy:.1f}): every value will be worse than it is.\n"
        )
    remove_leftovers()
    with tempfile.TemporaryDirectory() as folder:
        values = measure(Bench(image_under_test(), Path(folder)), names)
    write(values, busy)
    sys.stdout.write(f"{table(values)}\n")
    missed = [name for name, value in values.items() if verdict(BUDGETS[name], value) == "MISSED"]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
