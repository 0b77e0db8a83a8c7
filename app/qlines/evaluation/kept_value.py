"""What a rule keeps of a value: a short one as it is, of a long text or object its beginning.

A state holds up to thousands of values, and a device may send 64 KiB with each message: kept whole,
they would not fit into memory, nor the state into a document of MongoDB, which has 16 MiB.
"""

from hashlib import sha256
from typing import Any

import orjson

MAX_CHARACTERS = 255
BEGINNING = 190  # with the length and the digest these are fewer than MAX_CHARACTERS
SHORT = frozenset({float, int, bool, type(None)})


def kept(value: Any) -> Any:
    """Return the value, or for a long text or object a short text that differs when it does."""
    if type(value) in SHORT:
        return value
    text = (
        value if type(value) is str else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    )
    if len(text) <= MAX_CHARACTERS:
        return value
    digest = sha256(text.encode()).hexdigest()[:16]
    return f"{text[:BEGINNING]}… ({len(text):,} characters, SHA-256 {digest}…)"


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
