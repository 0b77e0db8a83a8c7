"""What a search finds: its text in the name, a tag or the id of a device, in either case.

The rule is here twice: as a query for MongoDB, and for devices that the web app keeps in memory,
where 10,000 of them are searched without MongoDB's two passes (count and page).
tests/contracts/mongo_devices.py compares both. Accents count: "cafe" does not find "café".
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from qlines.clients.mongodb import Document

_PART_OF_ID = re.compile(r"[0-9a-fA-F]{4,24}")


class NamedDevice(NamedTuple):
    """A device's id, name and tags."""

    id: str
    name: str
    tags: Sequence[str] = ()


def search_query(search: str) -> list[Document]:
    """Return the alternatives of an ``$or`` that finds the devices in MongoDB."""
    # Escaped: the user's input is searched for as text and never run as a pattern.
    text = {"$regex": re.escape(search), "$options": "i"}
    alternatives: list[Document] = [{"name": text}, {"tags": text}]
    if _PART_OF_ID.fullmatch(search):
        in_id = {"input": {"$toString": "$_id"}, "regex": search.lower()}
        alternatives.append({"$expr": {"$regexMatch": in_id}})
    return alternatives


def searched(devices: Sequence[NamedDevice], search: str) -> list[NamedDevice]:
    """Return those of the devices that the search finds, in their order."""
    find = re.compile(re.escape(search), re.IGNORECASE).search
    part_of_id = search.lower() if _PART_OF_ID.fullmatch(search) else None
    return [
        device
        for device in devices
        if find(device.name)
        or any(find(tag) for tag in device.tags)
        or (part_of_id and part_of_id in device.id)
    ]
