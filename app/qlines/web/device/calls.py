"""Answer the calls of devices over HTTP that are ours, ThingsBoard's client-side RPC; pure.

The broker's plugin answers the same over MQTT (appliance/broker/calls.c).
"""

from typing import Any

import orjson

from qlines.reading import MAX_PAYLOAD_BYTES
from qlines.web.device.limits import Limits

TIMES = ("getTime", "getCurrentTime")  # milliseconds since 1970, a bare number
MAX_INFLIGHT_MESSAGES = 100  # ThingsBoard's default


def answer(method: str, limits: Limits, now_us: int) -> bytes | None:
    """Return the answer; None for a method that is not built in."""
    if method in TIMES:
        return b"%d" % (now_us // 1000)
    if method == "getSessionLimits":
        return orjson.dumps(session_limits(limits))
    return None


def session_limits(limits: Limits) -> dict[str, Any]:
    """Return the limits of one device, in ThingsBoard's notation "capacity:seconds".

    ThingsBoard and its Python client disagree where a gateway's own limits are, so both places have
    the same. A limit that is off is absent.
    """
    per_second = {
        "messages": limits.device_messages,
        "telemetryMessages": limits.device_messages,
        "telemetryDataPoints": limits.device_points,
    }
    rates = {name: f"{limit}:1" for name, limit in per_second.items() if limit}
    return {
        "maxPayloadSize": MAX_PAYLOAD_BYTES,
        "maxInflightMessages": MAX_INFLIGHT_MESSAGES,
        "rateLimits": rates,
        "gatewayRateLimits": rates,
    }
