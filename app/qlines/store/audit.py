"""Who changed what, when and from where: the collection ``audit``, kept for a year."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

KEPT = timedelta(days=365)


class Line(TypedDict):
    """A change; *who* is an e-mail address, *address* of the network, *what* a sentence."""

    _id: ObjectId
    at: datetime
    who: str
    address: str
    what: str


def add(db: Documents, *, who: str, address: str, what: str, now: datetime) -> None:
    """Add a line about a change that was made; in an outage it is only in the log."""
    line: Line = {"_id": ObjectId(), "at": now, "who": who, "address": address, "what": what}
    with _logged_in_outage(line):
        _collection(db).insert_one(line)


@raising_unavailable()
def newest(db: Documents, count: int, *, before: datetime | None = None) -> list[Line]:
    """Return so many lines, the newest first: those *before* a moment, or the last ones."""
    query = {"at": {"$lt": before}} if before else {}
    return list(_collection(db).find(query).sort("at", -1).limit(count))


@contextmanager
def _logged_in_outage(line: Line) -> Iterator[None]:
    # The change was made a moment ago: an error now would say that it was not.
    try:
        with raising_unavailable():
            yield
    except StoreUnavailableError as error:
        log.warning("%s %s from %s; no audit line: %s",
                    line["who"], line["what"], line["address"], error)  # fmt: skip


def _collection(db: Documents) -> Collection[Line]:
    return cast("Collection[Line]", db.audit)
