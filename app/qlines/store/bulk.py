"""Write many records of MongoDB at once, so that one that is refused does not stop the others."""

import logging
from typing import Any

from pymongo import UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from qlines.clients.mongodb import OUTAGE_CODES, raising_unavailable
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

DUPLICATE_KEY = 11000
# A member that stops or steps down in the middle: 189 PrimarySteppedDown, 10107 NotWritablePrimary,
# 11600 InterruptedAtShutdown, 11602 InterruptedDueToReplStateChange.
INTERRUPTED = OUTAGE_CODES | {189, 10107, 11600, 11602}


def update(
    collection: Collection[dict[str, Any]],
    updates: list[UpdateOne],
    *,
    harmless: frozenset[int] = frozenset(),
) -> None:
    """Apply *updates* in any order; each must be harmless to repeat.

    What MongoDB refuses for its content is logged and left out, for repeating it would block
    whoever writes for ever; the codes in *harmless* are not even logged. Raises
    StoreUnavailableError when the same call may succeed later.
    """
    if not updates:
        return
    with raising_unavailable():
        try:
            collection.bulk_write(updates, ordered=False)
        except BulkWriteError as error:
            refused = error.details.get("writeErrors", [])
            codes = {one["code"] for one in refused}
            if not refused or codes & INTERRUPTED:
                raise StoreUnavailableError("mongodb", error) from error
            if codes - harmless:
                log.error(  # noqa: TRY400 - the stack would say nothing more
                    "mongodb refused %s of %s records of %s: %s",
                    len(refused), len(updates), collection.name, refused[0].get("errmsg"),
                )  # fmt: skip
