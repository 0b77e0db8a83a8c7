"""What a soak has counted so far, and the table that it ends with; pure."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

NOT_WHOLE = float("inf")


class Audit(NamedTuple):
    """One stretch of the load: how many messages were acknowledged, and how many are missing."""

    acknowledged: int
    lost: int


class Tally:
    """Collects the recoveries by fault, the audits, and the largest memory."""

    def __init__(self) -> None:
        self._recoveries: dict[str, list[float]] = defaultdict(list)
        self._audits: list[Audit] = []
        self._memory_mb = 0.0

    def recovered(self, fault: str, seconds: float) -> None:
        """Note how long the appliance needed; NOT_WHOLE when it missed the deadline."""
        self._recoveries[fault].append(seconds)

    def audited(self, audit: Audit) -> None:
        """Note the audit of one stretch."""
        self._audits.append(audit)

    def used(self, memory_mb: float) -> None:
        """Note the memory in use."""
        self._memory_mb = max(self._memory_mb, memory_mb)

    @property
    def is_good(self) -> bool:
        """Return whether something was sent, nothing was lost, and every fault was recovered."""
        worst = max(map(max, self._recoveries.values()), default=0.0)
        sent = sum(audit.acknowledged for audit in self._audits)
        return sent > 0 and self.lost == 0 and worst < NOT_WHOLE

    @property
    def lost(self) -> int:
        """Return how many acknowledged messages are missing."""
        return sum(audit.lost for audit in self._audits)

    def table(self) -> str:
        """Return all of it as a table in Markdown."""
        lines = ["| fault | times | whole in, median | slowest |", "|---|---|---|---|"]
        lines += [
            f"| {fault} | {len(seconds)} | {_seconds(median(seconds))} | {_seconds(max(seconds))} |"
            for fault, seconds in sorted(self._recoveries.items())
        ]
        sent = sum(audit.acknowledged for audit in self._audits)
        totals: Sequence[tuple[str, str]] = (
            ("acknowledged", f"{sent:,}"),
            ("lost", f"{self.lost:,}"),
            ("faults", f"{sum(map(len, self._recoveries.values()))}"),
            ("largest memory", f"{self._memory_mb:.0f} MB"),
        )
        return "\n".join([*lines, "", *(f"{name}: {value}" for name, value in totals)])


def _seconds(value: float) -> str:
    return "never" if value == NOT_WHOLE else f"{value:.0f} s"
