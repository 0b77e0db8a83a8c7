"""Read one Kafka record: a JSON array of readings, with the format's version in its headers."""

from collections.abc import Iterable

import orjson

from qlines.errors import QLinesError
from qlines.reading import Reading

VERSION = b"1"


class DamagedRecordError(QLinesError):
    """A record is no array of readings of this version; it will never be, so it is passed over."""


def readings_in(value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> list[Reading]:
    """Return the record's readings, in order."""
    version = dict(headers).get("version")
    if version != VERSION:
        raise DamagedRecordError(f"the version must be {VERSION!r}, got {version!r}")
    try:
        return [
            Reading(item["device"], item["owner"], item["ts"], item["values"])
            for item in orjson.loads(value or b"")
        ]
    except (orjson.JSONDecodeError, TypeError, KeyError) as error:
        raise DamagedRecordError(f"it is no array of readings: {error!r}") from None
