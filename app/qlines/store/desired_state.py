"""Where a device is not as its owner wants it: shared attributes against the client's; pure."""

from collections.abc import Mapping
from typing import NamedTuple

from qlines.reading import Value
from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.value_rules import is_same, number_in


class Difference(NamedTuple):
    """A desired value, and what the device reported, None when it never did.

    *since_ms* is since when the owner wants this value and the device reports that one, the later
    of both changes, in milliseconds since 1970. A device that repeats its value changes nothing.
    """

    desired: Value
    reported: Value | None
    since_ms: int


def differences(
    shared: Mapping[str, OwnerAttribute], client: Mapping[str, Attribute]
) -> dict[str, Difference]:
    """Return the shared keys whose client attribute is absent or has another value."""
    found: dict[str, Difference] = {}
    for key, wanted in shared.items():
        reported = client.get(key)
        if reported is None:
            found[key] = Difference(wanted.value, None, wanted.ts_ms)
        elif not _is_reported(wanted.value, reported.value):
            since_ms = max(wanted.ts_ms, reported.since_ms)
            found[key] = Difference(wanted.value, reported.value, since_ms)
    return found


def _is_reported(desired: Value, reported: Value) -> bool:
    """Return whether a device that has the desired value reports this one.

    What a device sends as the text "1.0" is stored as a number, as in ThingsBoard; what its owner
    sets stays text.
    """
    cast = number_in(desired) if type(desired) is str else desired
    return is_same(desired, reported) or is_same(cast, reported)
