"""Reduce events of MongoDB's change stream to changes of the registry file; pure."""

from collections.abc import Iterable
from typing import Any, NamedTuple, NotRequired, TypedDict

from qlines.store.device_document import DeviceDocument

PUT = frozenset({"insert", "update", "replace"})


class ChangeEvent(TypedDict):
    """What is read of an event: https://www.mongodb.com/docs/manual/reference/change-events/."""

    _id: Any  # the resume token
    operationType: str
    documentKey: NotRequired[dict[str, Any]]  # not in events of the whole collection
    fullDocument: NotRequired[DeviceDocument | None]  # not in deletions


class Changes(NamedTuple):
    """Device documents to put, ids to delete, or, with *needs_rebuild*, neither will do."""

    documents: list[DeviceDocument]
    deleted: list[str]
    needs_rebuild: bool


def changes_of(events: Iterable[ChangeEvent]) -> Changes:
    """Return the last state of each device in *events*, in the order of the last events.

    An update without a document is a deletion: the device was gone when the server looked it up.
    An event of the whole collection (drop, rename, invalidate) needs a rebuild.
    """
    latest: dict[str, DeviceDocument | None] = {}
    for event in events:
        kind = event["operationType"]
        if kind not in PUT and kind != "delete":
            return Changes([], [], needs_rebuild=True)
        device = str(event["documentKey"]["_id"])
        latest.pop(device, None)  # moves it to the end
        latest[device] = event.get("fullDocument") if kind in PUT else None
    return Changes(
        documents=[document for document in latest.values() if document is not None],
        deleted=[device for device, document in latest.items() if document is None],
        needs_rebuild=False,
    )
