"""Many devices that obey: the load generator waits for commands and answers each."""

import itertools
import json
from typing import TYPE_CHECKING, NamedTuple

from tests.bench.senders import load
from tests.harness.appliance import Appliance
from tests.harness.deadline import eventually

if TYPE_CHECKING:
    from tests.bench.bench import Bench

SECONDS = 3_600  # it is ended before
# A device answers each command at once; its answers wait for the broker while that one is busy.
MAX_UNACKNOWLEDGED = 1_000
_fleets = itertools.count()


class Call(NamedTuple):
    """A command as it arrived, once more when it was sent again; *device* counts the tokens."""

    device: int
    number: int
    seq: int  # its params


class Fleet:
    """One connection for each token; all of them listen once this is made."""

    def __init__(self, bench: "Bench", appliance: Appliance, tokens: list[str]) -> None:
        self._file = bench.folder / f"fleet{next(_fleets)}.calls"
        self._load = load(
            bench, appliance, tokens, obey=self._file, seconds=SECONDS,
            inflight=MAX_UNACKNOWLEDGED, reconnect=True,
        )  # fmt: skip
        eventually(self._listens, 60, "every device listens")

    def _listens(self) -> bool:
        if not self._load.is_running():
            self._load.wait()  # says why it failed
        return self._file.exists()

    def end(self) -> list[Call]:
        """Disconnect, and return every command in the order of arrival."""
        self._load.interrupt()
        return [_call(line) for line in self._file.read_text().splitlines()]

    def stop(self) -> None:
        """Kill the devices; they may have ended before."""
        self._load.stop()


def _call(line: str) -> Call:
    device, number, payload = line.split("\t")
    return Call(int(device), int(number), json.loads(payload)["params"])
