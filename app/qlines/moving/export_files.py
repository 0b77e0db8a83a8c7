"""Bring the files of exports to where the target's containers read them.

A container alone has them in its volume, which it keeps; nodes have them in MongoDB. A file never
changes, so it is copied once, and before its record says that it is there.
"""

from bson import ObjectId

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.settings import Settings
from qlines.store import export_store

FINISHED: Document = {"state": "done", "file": {"$ne": None}}


@raising_unavailable()
def copy(source: Documents, target: Documents, settings: Settings) -> list[ObjectId]:
    """Copy what is not there; return the exports whose files came from this volume.

    *settings* are the target's. Raise StoreUnavailableError when a MongoDB does not answer.
    """
    there, from_volume = export_store.stored(target), []
    for export in source.exports.find(FINISHED):
        export_id = str(export["_id"])
        if export.get("in_database"):
            if export_id not in there:
                export_store.copy(source, target, export_id)
        elif settings.node:
            file = settings.data_dir / "exports" / export["file"]
            if not file.exists():
                continue
            from_volume.append(export["_id"])
            if export_id not in there:
                export_store.keep(target, export_id, file)
    return from_volume


@raising_unavailable()
def note(target: Documents, exports: list[ObjectId]) -> None:
    """Let the target's records say that the files of these exports are in its MongoDB.

    Raise StoreUnavailableError when it does not answer.
    """
    target.exports.update_many({"_id": {"$in": exports}}, {"$set": {"in_database": True}})
