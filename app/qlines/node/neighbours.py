"""Write for the other nodes how this one is, and for the health checker how they are."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from appliance.shared.files import write_atomically
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.health_report import DEEP
from qlines.nodes_file import FILE
from qlines.store.nodes import Node

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0


class Neighbours:
    """Every five seconds: ask the own health checker, note what it says, read what others noted.

    *count* is how many nodes there are.
    """

    def __init__(
        self,
        run_dir: Path,
        ask_health: Callable[[str], dict[str, Any]],
        note: Callable[[str, list[str]], None],
        read: Callable[[], list[Node]],
        clock: Clock,
    ) -> None:
        self._file = run_dir / FILE
        self._ask_health = ask_health
        self._note = note
        self._read = read
        self._clock = clock
        self._due_at = float("-inf")
        self.count = 0

    def run_once(self) -> None:
        """Do it when it is due; raise StoreUnavailableError when MongoDB does not answer."""
        if self._clock.monotonic() < self._due_at:
            return
        self._due_at = self._clock.monotonic() + EVERY_SECONDS
        self._note(*self._own())
        nodes = [
            {
                "name": node.name,
                "seen_seconds_ago": node.seen_seconds_ago,
                "status": node.status,
                "problems": list(node.problems),
            }
            for node in self._read()
        ]
        self.count = len(nodes)
        document = {"read_at": self._clock.now_us() / 1e6, "nodes": nodes}
        write_atomically(self._file, json.dumps(document))

    def _own(self) -> tuple[str, list[str]]:
        try:
            report = self._ask_health(DEEP)
        except StoreUnavailableError as error:
            return "down", [str(error)]
        # A checker that has just started has a reason in the place of problems.
        return report["status"], report.get("problems", [report.get("reason", "it is stopping")])
