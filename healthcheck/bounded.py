"""Run checks in threads of their own, so that one that hangs never stops the loop.

Each has timeouts, but a timeout bounds one system call: a peer that sends a byte a second, or a
file system that does not answer, would hold the loop, and with it every answer of the checker.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class HangsError(Exception):
    """A check has not come back in time; the text completes "has been running for 80 s, but …"."""


class _Call:
    """One run of a check in a thread that ends with the process."""

    def __init__(self, check: Callable[[], Any], started_at: float) -> None:
        self.started_at = started_at
        self.is_done = threading.Event()
        self._check = check
        self._result: Any = None
        self._error: Exception | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._result = self._check()
        except Exception as error:  # noqa: BLE001 - result() raises it in the caller's thread
            self._error = error
        finally:
            self.is_done.set()

    def result(self) -> Any:
        if self._error:
            raise self._error
        return self._result


class Bounded:
    """Runs at most one check of each name at a time, and knows since when one hangs."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._hanging: dict[str, _Call] = {}

    def run(self, name: str, check: Callable[[], T], max_seconds: float) -> T:
        """Return the check's result or raise its error.

        Raise HangsError after *max_seconds*, and from then on at once, until it has come back: a
        check that hangs is not started again, and its late result is dropped.
        """
        self._drop_finished()
        call = self._hanging.get(name)
        if call is None:
            call = _Call(check, self._monotonic())
            if call.is_done.wait(max_seconds):
                result: T = call.result()
                return result
            self._hanging[name] = call
        raise HangsError(f"its check has hung for {self._monotonic() - call.started_at:.0f} s")

    def hanging(self) -> dict[str, float]:
        """Return for how many seconds each check has hung that has not come back."""
        self._drop_finished()
        now = self._monotonic()
        return {name: now - call.started_at for name, call in self._hanging.items()}

    def _drop_finished(self) -> None:
        finished = [name for name, call in self._hanging.items() if call.is_done.is_set()]
        for name in finished:
            del self._hanging[name]
