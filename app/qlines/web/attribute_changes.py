"""Set and delete attributes for the person of the current request, with the line for the audit."""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from flask import request

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.store import attributes, devices, owner_attributes
from qlines.store.device_document import DeviceDocument, named
from qlines.store.owner_attributes import Scope
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps

CLIENT = "client"
OWNERS: tuple[Scope, ...] = get_args(Scope)
MAX_NAMED = 20  # keys in one audit line


def set_attributes(device_id: str, scope: str, values: Mapping[str, Any]) -> list[str]:
    """Set attributes of a device of the person, and return the keys whose values changed.

    *values* come from the request's body. Raise NotFoundError, or FieldError for a scope, key or
    value that is not allowed.
    """
    device = _find(device_id)
    owners = _scope_of_owners(scope)
    now = utc_datetime(deps().clock.now_us())
    changed = owner_attributes.set_values(
        deps().db,
        str(device["_id"]),
        owners,
        values,
        me().email,
        now,
        payload=request.get_data(cache=True),
    )
    _note("set", scope, changed, device)
    return changed


def delete_attributes(device_id: str, scope: str, keys: Sequence[str]) -> list[str]:
    """Delete attributes of a device of the person, and return the keys of those that there were.

    Raise NotFoundError, or FieldError for a scope that does not exist and when no key is given.
    """
    device = _find(device_id)
    if not keys:
        raise FieldError("keys", "must name at least one key, such as keys=a,b, got none")
    if scope == CLIENT:
        deleted = attributes.delete_keys(deps().db, str(device["_id"]), keys)
    else:
        owners = _scope_of_owners(scope)
        now = utc_datetime(deps().clock.now_us())
        deleted = owner_attributes.delete_keys(deps().db, str(device["_id"]), owners, keys, now)
    _note("deleted", scope, deleted, device)
    return deleted


def _find(device_id: str) -> DeviceDocument:
    return devices.find(deps().db, device_id, owner=me().user_id)


def _scope_of_owners(scope: str) -> Scope:
    for known in OWNERS:
        if scope == known:
            return known
    if scope == CLIENT:
        raise FieldError(
            "scope", "must be shared or server, got client: only the device sets what it reports"
        )
    raise FieldError("scope", f"must be client, shared or server, got {scope[:50]!r}")


def _note(did: str, scope: str, keys: Sequence[str], device: DeviceDocument) -> None:
    """Note the change, unless there was none; values may be secret, so only keys are named."""
    if keys:
        more = len(keys) - MAX_NAMED
        rest = f" and {more:,} more" if more > 0 else ""
        noted(
            f"{did} the {scope} attributes {', '.join(keys[:MAX_NAMED])}{rest} of {named(device)}"
        )
