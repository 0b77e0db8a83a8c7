"""Keep when healing restarted which program: a checker that is restarted itself has no new budget.

The file is in the run folder, which a start of the container empties: its times are seconds of the
monotonic clock, {"program": [time, …], …}.
"""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from appliance.shared.files import write_atomically
from healthcheck.heal import State, Vitality

log = logging.getLogger(__name__)

FILE = "healing.json"


def save(run_dir: Path, programs: Mapping[str, Vitality]) -> None:
    """Save the restarts of all programs; a failure is logged, and healing continues."""
    restarts = {name: vitality.restarts for name, vitality in programs.items() if vitality.restarts}
    try:
        write_atomically(run_dir / FILE, json.dumps(restarts))
    except OSError as error:
        log.warning("a restart of the checker would forget the budget of healing: %s", error)


def load(run_dir: Path) -> State:
    """Return the state of healing with the restarts that were saved since the container started."""
    try:
        saved = json.loads((run_dir / FILE).read_text())
    except FileNotFoundError:
        return State()
    return State({name: Vitality(restarts=tuple(times)) for name, times in saved.items()})
