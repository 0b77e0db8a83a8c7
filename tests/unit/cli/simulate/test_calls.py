import json
from typing import Any

import pytest

from qlines.cli.simulate import calls
from qlines.cli.simulate.calls import ParamsError


class Lamp:
    """Obeys ``set {"on": bool}`` and ``dim {"percent": 0 … 100}``."""

    def call(self, method: str, params: Any) -> dict[str, Any]:
        return calls.obey({"set": self._set, "dim": self._dim}, method, params)

    def _set(self, params: Any) -> dict[str, Any]:
        return {"on": calls.switch(params, "on")}

    def _dim(self, params: Any) -> dict[str, Any]:
        return {"percent": calls.number(params, "percent", 0, 100)}


def answered(payload: bytes) -> Any:
    return json.loads(calls.answer(Lamp(), payload))


def test_it_answers_with_what_the_method_returned() -> None:
    assert calls.answer(Lamp(), b'{"method":"set","params":{"on":true}}') == '{"on":true}'


def test_it_names_the_methods_that_the_device_knows() -> None:
    assert answered(b'{"method": "explode", "params": null}') == {
        "error": "unknown method explode; this device knows: set, dim"
    }


@pytest.mark.parametrize("params", ["null", "1", "[]", "{}", '{"on": 1}', '{"on": "true"}'])
def test_it_says_what_a_switch_takes(params: str) -> None:
    answer = answered(b'{"method": "set", "params": %s}' % params.encode())

    assert answer["error"].startswith(
        'set: params must be {"on": true} or {"on": false}, got ' + params.replace(" ", "")
    )


@pytest.mark.parametrize("percent", [0, 0.5, 100])
def test_it_takes_a_number_within_the_range(percent: float) -> None:
    assert calls.number({"percent": percent}, "percent", 0, 100) == percent


@pytest.mark.parametrize("percent", [-1, 100.1, True, "50", None, float("nan")])
def test_it_refuses_a_number_beyond_the_range_and_what_is_none(percent: Any) -> None:
    with pytest.raises(ParamsError, match=r'must be {"percent": a number from 0 to 100}, got'):
        calls.number({"percent": percent}, "percent", 0, 100)


def test_it_shows_only_the_start_of_long_params() -> None:
    answer = answered(json.dumps({"method": "set", "params": "x" * 1000}).encode())

    assert len(answer["error"]) < 200


@pytest.mark.parametrize("payload", [b"", b"\xff", b"5", b"[]", b"{}", b'{"method": "set"}'])
def test_it_answers_what_is_no_command_with_an_error(payload: bytes) -> None:
    assert answered(payload)["error"].startswith(
        'a command must be an object with "method" and "params", got'
    )
