"""Shape the guard's report as the health endpoints promise it; pure."""

from typing import Any

from healthcheck.disk import forecast, guard
from healthcheck.disk.report import Report

PARTITIONS_SHOWN = 20
MAX_SILENT_SECONDS = 120.0  # some queries of 20 s that are not answered


def problems(report: Report | None, now: float) -> list[str]:
    """Return a sentence when the guard has to act, or soon will, or is silent itself."""
    if report is None:
        return []
    if now - report.at > MAX_SILENT_SECONDS:
        return [f"the disk's guard has been silent for {now - report.at:.0f} s: restart healthd"]
    if report.level != guard.NONE:
        return [report.sentence]
    problem = forecast.sentence(report.forecast, report.guard_percent)
    return [problem] if problem else []


def document(report: Report | None) -> dict[str, Any]:
    """Return the parts *forecast* and *guard* of the report's *disk*, the newest drops first."""
    if report is None:
        return {"forecast": None, "guard": None}
    kept = report.kept
    return {
        "forecast": {
            "days": report.forecast.days,
            "growth_bytes_per_day": report.forecast.growth_bytes_per_day,
        },
        "guard": {
            "level": report.level,
            "sentence": report.sentence,
            "percent": report.guard_percent,
            "dropped_partitions": kept.dropped_partitions,
            "dropped_bytes": kept.dropped_bytes,
            "dropped": [item._asdict() for item in kept.dropped[::-1][:PARTITIONS_SHOWN]],
        },
    }
