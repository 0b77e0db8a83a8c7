"""Write many documents to MongoDB at once; one that is rejected does not stop the others."""

import logging
from collections.abc import Sequence

from pymongo import DeleteOne, UpdateMany, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from qlines.clients.mongodb import OUTAGE_CODES, Document, raising_unavailable
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

DUPLICATE_KEY = 11000


@raising_unavailable()
def update(
    collection: Collection[Document],
    updates: Sequence[UpdateOne | UpdateMany | DeleteOne],
    *,
    harmless: frozenset[int] = frozenset(),
) -> int:
    """Apply *updates* in any order, each of them idempotent; return how many documents matched.

    An update that MongoDB rejects for its content is logged and skipped: retrying it would block
    the caller forever. Rejections with a code in *harmless* are not logged. Raise
    StoreUnavailableError when the same call may succeed later.
    """
    if not updates:
        return 0
    try:
        return collection.bulk_write(updates, ordered=False).matched_count
    except BulkWriteError as error:
        rejected = rejections(error)
        if {one["code"] for one in rejected} - harmless:
            log.error(  # noqa: TRY400 - the stack would add nothing
                "mongodb rejected %s of %s updates of %s: %s",
                len(rejected), len(updates), collection.name, rejected[0].get("errmsg"),
            )  # fmt: skip
        return int(error.details.get("nMatched", 0))


def rejections(error: BulkWriteError) -> list[Document]:
    """Return what MongoDB rejected for its content, with an index, a code and a message each.

    Raise StoreUnavailableError when the same call may succeed later: some were rejected because the
    primary changes, or all were written and not yet by a majority.
    """
    found: list[Document] = error.details.get("writeErrors", [])
    if not found or {one["code"] for one in found} & OUTAGE_CODES:
        raise StoreUnavailableError("mongodb", error) from error
    return found
