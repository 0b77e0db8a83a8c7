"""What an owner may set as a device's attributes, and what a change of them changes; pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from qlines.errors import FieldError
from qlines.reading import MAX_DEPTH, Value
from qlines.value_rules import is_same, is_too_deep, key_problem, shown, value_problem

# For each scope of a device: the document must stay far below MongoDB's 16 MiB, and a device that
# asks for all of them must be able to receive them.
MAX_KEYS = 1_000
MAX_BYTES = 262_144


class OwnerAttribute(NamedTuple):
    """A value, who set it (an e-mail address) and when, in milliseconds since 1970."""

    ts_ms: int
    value: Value
    by: str


def check_values(values: Mapping[str, Any], payload: bytes | None = None) -> None:
    """Raise FieldError when a key or a value is not one that a reading may have, or is null.

    *payload* is the JSON that the values came from, to notice whole numbers that lost digits.
    """
    if is_too_deep(values):
        raise FieldError("attributes", f"may be nested at most {MAX_DEPTH} deep: flatten them")
    text = orjson.dumps(values) if payload is None else payload
    for key, value in values.items():
        if problem := key_problem(key):
            raise FieldError(shown(key), f"cannot be the key of an attribute: {problem}")
        if value is None:
            raise FieldError(shown(key), "must not be null: delete the key instead")
        if problem := value_problem(value, text):
            raise FieldError(shown(key), f"was not set: {problem}")


def changed(
    stored: Mapping[str, OwnerAttribute], values: Mapping[str, Value], by: str, now_ms: int
) -> dict[str, OwnerAttribute]:
    """Return the attributes that differ from the stored ones.

    A key that is set to the value it has is not changed: its time stays that since which it holds.
    """
    return {
        key: OwnerAttribute(now_ms, value, by)
        for key, value in values.items()
        if key not in stored or not is_same(stored[key].value, value)
    }


def check_size(attributes: Mapping[str, OwnerAttribute]) -> None:
    """Raise FieldError when a scope of a device would have too many keys, or too large values."""
    if len(attributes) > MAX_KEYS:
        raise FieldError(
            "attributes",
            f"must be at most {MAX_KEYS:,} keys for each scope of a device, these would be "
            f"{len(attributes):,}: delete some first",
        )
    size = len(orjson.dumps({key: attribute.value for key, attribute in attributes.items()}))
    if size > MAX_BYTES:
        raise FieldError(
            "attributes",
            f"must have at most {MAX_BYTES:,} bytes as JSON for each scope of a device, these "
            f"would have {size:,}: shorten the values, or delete some keys first",
        )
