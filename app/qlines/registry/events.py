"""Read MongoDB's change stream into what it means for the registry file; pure."""

from collections.abc import Iterable
from typing import Any, NamedTuple

PUT = frozenset({"insert", "update", "replace"})


class Changes(NamedTuple):
    """Devices to put and ids to delete; *is_void* when only a rebuild tells the truth."""

    documents: list[dict[str, Any]]
    deleted: list[str]
    is_void: bool


def changes_of(events: Iterable[dict[str, Any]]) -> Changes:
    """Return the last word of *events* about each device.

    An update whose document is gone by the time it was looked up is a deletion. What concerns
    the whole collection (drop, rename, invalidate) makes everything void.
    """
    latest: dict[str, dict[str, Any] | None] = {}
    for event in events:
        kind = event["operationType"]
        if kind not in PUT and kind != "delete":
            return Changes([], [], is_void=True)
        device = str(event["documentKey"]["_id"])
        latest.pop(device, None)  # so that the order is that of the last events
        latest[device] = event.get("fullDocument") if kind in PUT else None
    return Changes(
        documents=[document for document in latest.values() if document is not None],
        deleted=[device for device, document in latest.items() if document is None],
        is_void=False,
    )
