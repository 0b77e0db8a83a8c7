"""Entity tags: who names the version that they have seen overwrites no other one (RFC 9110).

A browser with two tabs, or two people, change the same thing: the second one is refused with 412,
and decides. A request without ``If-Match`` changes what there is, as scripts do.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson
from flask import request

from qlines.errors import ChangedError
from qlines.web.deps import deps

CHARACTERS = 24


def tag_headers(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the header ``ETag`` of what a person decides about something."""
    return {"ETag": f'"{_tag(fields)}"'}


def require_match(what: str, fields: Mapping[str, Any]) -> None:
    """Raise ChangedError when the request's ``If-Match`` names another version of *what*.

    A weak tag is as good: a proxy that compresses an answer makes the tag weak.
    """
    given = request.if_match
    if not given.contains_weak(_tag(fields)) and "If-Match" in request.headers:
        raise ChangedError(what)


def _tag(fields: Mapping[str, Any]) -> str:
    """Return the tag without its quotes; keyed, as secrets are among the fields."""
    text = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    return hmac.new(deps().secret_key.encode(), text, sha256).hexdigest()[:CHARACTERS]
