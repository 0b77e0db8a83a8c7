"""Retry while a store does not answer, and report which store the program waits for."""

import logging
from collections.abc import Callable
from typing import TypeVar

from appliance.shared.backoff import Backoff
from qlines.clock import Clock
from qlines.errors import BackPressureError, StoreRefusedError, StoreUnavailableError
from qlines.heartbeat import Beats
from qlines.stop import Stop

log = logging.getLogger(__name__)

T = TypeVar("T")


class StoreOutage:
    """Pauses between attempts while a store does not answer; logs once per outage and refusal.

    With a *heartbeat* each pause is reported there, so the health report names the store. Back-
    pressure is handled alike; its reason, and why a store refuses this program, are reported too.
    """

    def __init__(
        self, clock: Clock, heartbeat: Beats | None = None, backoff: Backoff | None = None
    ) -> None:
        self._clock = clock
        self._heartbeat = heartbeat
        self._backoff = backoff or Backoff()
        self._error: StoreUnavailableError | BackPressureError | None = None
        self._logged_refusal = ""

    def pause(self, error: StoreUnavailableError | BackPressureError) -> None:
        """Pause once after *error*, longer each time until recovered() is called."""
        sentence = f"waiting for {_name(error)}"
        if not self._backoff.attempts or self._is_new_refusal(error):
            log.warning("%s: %s", sentence, error)
        self._error = error
        seconds = self._backoff.next_seconds()
        if self._heartbeat is not None:
            if isinstance(error, BackPressureError | StoreRefusedError):
                sentence += f": {error}"
            self._heartbeat.beat(sentence, waiting_for=_name(error), lag_ms=0)
        self._clock.sleep(seconds)

    def _is_new_refusal(self, error: Exception) -> bool:
        """Return whether a store that did not answer at first now says what it lacks."""
        if not isinstance(error, StoreRefusedError) or str(error) == self._logged_refusal:
            return False
        self._logged_refusal = str(error)
        return True

    def recovered(self) -> None:
        """End the outage, if there is one."""
        if self._error is None:
            return
        if isinstance(self._error, BackPressureError):
            log.info("%s has caught up, resuming", _name(self._error))
        else:
            log.info("%s is reachable again, resuming", _name(self._error))
        self._error = None
        self._logged_refusal = ""
        self._backoff.reset()


def _name(error: StoreUnavailableError | BackPressureError) -> str:
    return error.waiting_for if isinstance(error, BackPressureError) else error.store


def wait_for_store(
    attempt: Callable[[], T],
    *,
    stop: Stop,
    clock: Clock,
    heartbeat: Beats | None = None,
    backoff: Backoff | None = None,
) -> T:
    """Return what *attempt* returns once it no longer raises an error that passes.

    Those are StoreUnavailableError and BackPressureError. *attempt* must be safe to repeat. Raise
    SystemExit(0) when *stop* is set before that.
    """
    outage = StoreOutage(clock, heartbeat, backoff)
    while not stop.is_set:
        try:
            result = attempt()
        except (StoreUnavailableError, BackPressureError) as error:
            outage.pause(error)
            continue
        outage.recovered()
        return result
    raise SystemExit(0)


def retry_for(attempt: Callable[[], T], *, max_seconds: float, clock: Clock) -> T:
    """Return what *attempt* returns; repeat it for *max_seconds* while a store does not answer.

    *attempt* must be safe to repeat. Raise its last StoreUnavailableError after that time.
    """
    outage = StoreOutage(clock)
    give_up_at = clock.monotonic() + max_seconds
    while True:
        try:
            result = attempt()
        except StoreUnavailableError as error:
            if clock.monotonic() >= give_up_at:
                raise
            outage.pause(error)
            continue
        outage.recovered()
        return result
