"""Tell the admins of devices that are not registered: each once an hour at the most."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from pymongo.database import Database

from qlines.clock import Clock, utc_datetime
from qlines.errors import StoreUnavailableError
from qlines.store import unregistered

log = logging.getLogger(__name__)

Notify = Callable[[str, str], None]  # subject, text

GATEWAY_PAUSE_SECONDS = 10.0
# The internet tries passwords at every open port; that must not become a mail a minute.
STRANGER_PAUSE_SECONDS = 3600.0
MOST_NAMES = 10_000
NAMES_SHOWN = 20


class Notifier:
    """Collects devices the admin was not told of, and tells of all of them after each pause."""

    def __init__(self, notify: Notify, clock: Clock, pause_seconds: float) -> None:
        self._notify = notify
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._next_at = float("-inf")
        self._heard_of: dict[str, dict[str, Any]] = {}

    def hear(self, records: Iterable[dict[str, Any]]) -> None:
        """Take in records of ``unregistered`` that are due."""
        for record in records:
            if len(self._heard_of) < MOST_NAMES:
                self._heard_of[record["_id"]] = record

    def tell(self, db: Database[dict[str, Any]]) -> None:
        """Send one notification of all that was heard, when the pause is over."""
        if not self._heard_of or self._clock.monotonic() < self._next_at:
            return
        records = list(self._heard_of.values())
        for record in records[:NAMES_SHOWN]:
            log.warning("not registered: %s, named by %s", record["name"], record["source"])
        if len(records) > NAMES_SHOWN:
            log.warning("not registered: %s more", len(records) - NAMES_SHOWN)
        try:
            self._notify(*notification(records))
        except StoreUnavailableError as error:
            log.warning("no notification went out, the next sighting tries again: %s", error)
        else:
            now = utc_datetime(self._clock.now_us())
            unregistered.mark_notified(db, self._heard_of, now)
        self._heard_of.clear()
        self._next_at = self._clock.monotonic() + self._pause_seconds


def notification(records: list[dict[str, Any]]) -> tuple[str, str]:
    """Return the subject and the text that name these devices."""
    shown = "\n".join(
        f"- {record['name']} (by {record['source']}, {record['count']} times)"
        for record in records[:NAMES_SHOWN]
    )
    more = len(records) - NAMES_SHOWN
    rest = f"\nand {more} more" if more > 0 else ""
    if len(records) == 1:
        subject = f"A device that is not registered: {records[0]['name']}"
    else:
        subject = f"{len(records)} devices that are not registered"
    return subject, (
        f"These sent data that was dropped, because nobody registered them:\n\n{shown}{rest}\n\n"
        "Register or delete them on the page /unregistered."
    )
