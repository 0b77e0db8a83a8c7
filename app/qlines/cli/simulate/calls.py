"""Decode a command, let a simulated device obey it, and encode its answer; pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from qlines.errors import QLinesError

MAX_SHOWN_CHARACTERS = 80

Methods = Mapping[str, Callable[[Any], dict[str, Any]]]


class ParamsError(QLinesError):
    """The params of a call are invalid; the text says what the method takes."""


class Callee(Protocol):
    """A simulated device, which knows some methods."""

    def call(self, method: str, params: Any) -> dict[str, Any]:
        """Obey and return the answer."""
        ...


def answer(device: Callee, payload: bytes) -> str:
    """Return the JSON with which *device* answers the command ``{"method": …, "params": …}``."""
    try:
        command = json.loads(payload)
        method, params = command["method"], command["params"]
    except (ValueError, TypeError, KeyError):
        rule = 'a command must be an object with "method" and "params"'
        start = payload.decode(errors="replace")[:MAX_SHOWN_CHARACTERS]
        return _encoded({"error": f"{rule}, got {start}"})
    return _encoded(device.call(method, params))


def obey(methods: Methods, method: str, params: Any) -> dict[str, Any]:
    """Return what the one of *methods* returns, or an answer with an error that says why not."""
    if method not in methods:
        known = ", ".join(methods)
        return {"error": f"unknown method {method}; this device knows: {known}"}
    try:
        return methods[method](params)
    except ParamsError as error:
        return {"error": f"{method}: {error}"}


def switch(params: Any, name: str) -> bool:
    """Return the one member *name* of *params*; raise ParamsError unless it is true or false."""
    value = _member(params, name)
    if not isinstance(value, bool):
        rule = f'params must be {{"{name}": true}} or {{"{name}": false}}'
        raise ParamsError(f"{rule}, got {_shown(params)}")
    return value


def number(params: Any, name: str, lowest: int, highest: int) -> float:
    """Return the one member *name* of *params*; raise ParamsError unless it is in the range."""
    value = _member(params, name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not lowest <= value <= highest:
        rule = f'params must be {{"{name}": a number from {lowest} to {highest}}}'
        raise ParamsError(f"{rule}, got {_shown(params)}")
    return float(value)


def _member(params: Any, name: str) -> Any:
    return params.get(name) if isinstance(params, dict) else None


def _shown(params: Any) -> str:
    return _encoded(params)[:MAX_SHOWN_CHARACTERS]


def _encoded(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
