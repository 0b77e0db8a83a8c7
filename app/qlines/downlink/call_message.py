"""What a webhook is sent about a call of a device, and what of its answer the device gets; pure."""

from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from qlines.clock import utc_datetime
from qlines.errors import WebhookError
from qlines.webhook.http import Response

TYPE = "device.call"


class Call(NamedTuple):
    """A call of a method by a device; *number* is the one of its topic, None over HTTP."""

    device: str
    name: str
    owner: str
    method: str
    params: Any
    number: int | None


class Result(NamedTuple):
    """What became of a call: the webhook's *answer*, JSON, or an *error*."""

    answer: bytes
    error: str
    milliseconds: int = 0

    @property
    def payload(self) -> bytes:
        """Return what the device gets."""
        return orjson.dumps({"error": self.error}) if self.error else self.answer


def body_of(call: Call, now_us: int) -> bytes:
    """Return the body, in the form that Standard Webhooks recommends."""
    return orjson.dumps(
        {
            "type": TYPE,
            "timestamp": utc_datetime(now_us).isoformat(timespec="milliseconds"),
            "data": {
                "device": call.device,
                "name": call.name,
                "method": call.method,
                "params": call.params,
                "request": call.number,
            },
        }
    )


def answer_in(response: Response) -> bytes:
    """Return the answer for the device; raise WebhookError when it is not one, with the reason."""
    if not 200 <= response.status < 300:
        raise WebhookError(f"it answered with {_named(response.status)}, and not with 200")
    try:
        orjson.dumps([orjson.loads(response.body)])
    except orjson.JSONDecodeError as error:
        reason = str(error) if response.body else "its answer is empty"
        raise WebhookError(f"it did not answer with JSON: {reason}") from None
    except orjson.JSONEncodeError:  # the API could not return it to who sends a test
        raise WebhookError("its answer is nested too deep: at most 250 levels are taken") from None
    return response.body


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
