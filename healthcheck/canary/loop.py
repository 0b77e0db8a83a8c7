"""Send a message every ten seconds, and read /api/data until it is there; a thread of healthd."""

import json
import logging
import threading
from collections.abc import Callable

from healthcheck.canary import api, record
from healthcheck.canary.api import Newest
from healthcheck.canary.broker import Session
from healthcheck.observations import Canary as Observed
from healthcheck.observations import CanaryFailure
from healthcheck.probes.connection import ProbeError
from qlines.canary_account import ENDS, device_name, files
from qlines.clock import Clock
from qlines.programs import BY_NAME
from qlines.settings import Settings

log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
ROUND_SECONDS = 8.0  # a message that is not readable by then has failed, readable later or not
SEND_TIMEOUT_SECONDS = 3.0
READ_TIMEOUT_SECONDS = 2.0
# A message is readable after some 30 ms; when not, the pause doubles up to a second.
FIRST_PAUSE_SECONDS = 0.025
MAX_PAUSE_SECONDS = 1.0
MIN_PAUSE_SECONDS = 1.0  # between two rounds, if the first one took longer than its time

Send = Callable[[bytes], None]
Read = Callable[[], Newest]


class Canary:
    """The thread; *send* and *read* raise ProbeError and return within a few seconds."""

    def __init__(self, send: Send, read: Read, clock: Clock) -> None:
        self._send = send
        self._read = read
        self._clock = clock
        self._last_number = 0
        self._record = record.new(clock.monotonic())

    def start(self) -> None:
        """Send and read in a thread that ends with the process."""
        threading.Thread(target=self._run, name="canary", daemon=True).start()

    def observed(self) -> Observed:
        """Return what is known now; any thread may call it: the record is replaced whole."""
        return record.observed(self._record, self._clock.monotonic())

    def _run(self) -> None:
        while True:
            started = self._clock.monotonic()
            self.run_round()
            left = started + EVERY_SECONDS - self._clock.monotonic()
            self._pause(max(left, MIN_PAUSE_SECONDS), "resting")

    def run_round(self) -> None:
        """Send a message and read until it is there, or until the round's time is over."""
        deadline = self._clock.monotonic() + ROUND_SECONDS
        # The time, so that it is another one after a restart; rising even if the clock is set back.
        self._last_number = max(self._clock.now_us() // 1000, self._last_number + 1)
        not_sent = self._try_to_send(self._last_number)
        not_read = self._read_until(self._last_number, deadline)
        failure = not_sent or not_read
        if failure:
            log.info("a message was not readable, stage %s: %s", failure.stage, failure.reason)
        self._record = record.ended(self._record, failure)

    def _try_to_send(self, number: int) -> CanaryFailure | None:
        self._step("sending a message to the broker")
        self._record = record.sending(self._record, number, self._clock.monotonic())
        try:
            self._send(json.dumps({api.KEY: number}).encode())
        except ProbeError as error:
            return CanaryFailure("broker", str(error))
        return None

    def _read_until(self, number: int, deadline: float) -> CanaryFailure | None:
        """Read repeatedly, also when the broker has failed: is the API at fault as well?"""
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            self._pause(pause_seconds, "pausing between two reads")
            failure = self._try_to_read(number)
            left_seconds = deadline - self._clock.monotonic()
            if failure is None or left_seconds < FIRST_PAUSE_SECONDS:
                return failure
            pause_seconds = min(pause_seconds * 2, MAX_PAUSE_SECONDS, left_seconds)

    def _try_to_read(self, number: int) -> CanaryFailure | None:
        self._step("reading /api/data")
        try:
            newest = self._read()
        except api.RefusedError as error:
            self._record = record.read(self._record, None, self._clock.monotonic())
            return CanaryFailure("api", str(error))
        except ProbeError as error:
            self._record = record.not_read(self._record, self._clock.monotonic())
            return CanaryFailure("api", str(error))
        now = self._clock.monotonic()
        self._record = record.read(self._record, newest.number, now)
        sent_at = self._record.unread.get(number)
        if sent_at is None:
            return None
        notice = f", {newest.notice}" if newest.notice else ""
        return CanaryFailure("pipeline", f"after {now - sent_at:.0f} s{notice}")

    def _pause(self, seconds: float, doing: str) -> None:
        self._step(doing)
        self._clock.sleep(seconds)

    def _step(self, doing: str) -> None:
        self._record = record.step(self._record, doing, self._clock.monotonic())


def canary_of(settings: Settings, clock: Clock) -> Canary | None:
    """Return this container's canary; None without its account or one of its two ends.

    Only init makes the account, and a message can only be followed where it is sent and read.
    """
    token, api_key = files(settings.data_dir)
    if not settings.roles.issuperset(ENDS) or not (token.is_file() and api_key.is_file()):
        return None
    mqtt_port, web_port = (BY_NAME[name].ports[0] for name in ENDS)
    session = Session(mqtt_port, token.read_text().strip())
    request = api.request_for(device_name(token.read_text().strip()), api_key.read_text().strip())
    return Canary(
        send=lambda payload: session.publish(payload, SEND_TIMEOUT_SECONDS),
        read=lambda: api.read(web_port, request, READ_TIMEOUT_SECONDS),
        clock=clock,
    )
