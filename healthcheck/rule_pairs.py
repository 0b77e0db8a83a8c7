"""Judge whether alarm rules are evaluated for all of their devices; pure."""

from collections.abc import Mapping


def problems(counters: Mapping[str, float] | None) -> list[str]:
    """Return the sentence about pairs of a rule and a device that are left out, [] without any.

    *counters* are those of the program `alarms`.
    """
    left_out = (counters or {}).get("pairs_left_out", 0.0)
    if not left_out:
        return []
    pairs = f"{left_out:,.0f} pairs of a rule and a device"
    return [f"alarm rules are not evaluated for {pairs}: somebody has more than QLINES_ALARM_PAIRS"]
