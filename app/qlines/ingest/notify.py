"""Notify the admins of unregistered devices: once an hour per device, many in one message."""

import logging
from collections.abc import Callable, Iterable

from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.errors import StoreUnavailableError
from qlines.store import unregistered
from qlines.store.unregistered import UnregisteredDocument

log = logging.getLogger(__name__)

Notify = Callable[[str, str], None]  # subject, text

GATEWAY_PAUSE_SECONDS = 10.0
# Bots try passwords at every open port; that must not become a mail a minute.
UNKNOWN_TOKEN_PAUSE_SECONDS = 3600.0
MAX_DEVICES = 10_000
MAX_DEVICES_SHOWN = 20


class Notifier:
    """Batches notifications: sends at most one every *pause_seconds*."""

    def __init__(self, notify: Notify, clock: Clock, pause_seconds: float) -> None:
        self._notify = notify
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._next_at = float("-inf")
        self._due: dict[str, UnregisteredDocument] = {}

    def add(self, records: Iterable[UnregisteredDocument]) -> None:
        """Add documents of the collection ``unregistered`` to the next notification."""
        for record in records:
            if len(self._due) < MAX_DEVICES:
                self._due[record["_id"]] = record

    @property
    def is_due(self) -> bool:
        """Return whether there is something to send, and the pause is over."""
        return bool(self._due) and self._clock.monotonic() >= self._next_at

    def send_due(self, db: Documents) -> None:
        """Send one notification of all devices added so far, unless the pause is not over.

        When it cannot be queued it is dropped; the next sighting of a device adds it again. A
        device that the other of two twins has claimed first is left to that one.
        """
        if not self.is_due:
            return
        claimed = unregistered.claim(db, self._due, utc_datetime(self._clock.now_us()))
        records = [record for name, record in self._due.items() if name in claimed]
        self._due.clear()
        if not records:
            return
        _log_devices(records)
        try:
            self._notify(*notification(records))
        except StoreUnavailableError as error:
            log.warning("no notification sent, the next sighting retries: %s", error)
            unregistered.release(db, claimed)
        self._next_at = self._clock.monotonic() + self._pause_seconds


def notification(records: list[UnregisteredDocument]) -> tuple[str, str]:
    """Return subject and text of a notification about these devices."""
    shown = "\n".join(
        f"- {_label(record)} (by {record['source']}, {record['count']} times)"
        for record in records[:MAX_DEVICES_SHOWN]
    )
    more = len(records) - MAX_DEVICES_SHOWN
    rest = f"\nand {more} more" if more > 0 else ""
    if len(records) == 1:
        subject = f"Unregistered device: {_label(records[0])}"
    else:
        subject = f"{len(records)} unregistered devices"
    return subject, (
        f"Data of these devices was dropped, because they are not registered:\n\n{shown}{rest}\n\n"
        "Register or delete them on the page /unregistered."
    )


def _log_devices(records: list[UnregisteredDocument]) -> None:
    for record in records[:MAX_DEVICES_SHOWN]:
        log.warning("unregistered device %s, seen by %s", _label(record), record["source"])
    if len(records) > MAX_DEVICES_SHOWN:
        log.warning("%s more unregistered devices", len(records) - MAX_DEVICES_SHOWN)


def _label(record: UnregisteredDocument) -> str:
    return unregistered.label(record["source"], record["name"])
