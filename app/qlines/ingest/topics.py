"""The topics that devices and gateways publish to, as in ThingsBoard's device and gateway API."""

TELEMETRY = frozenset({"v1/devices/me/telemetry", "v2/t", "v2/t/j"})
ATTRIBUTES = frozenset({"v1/devices/me/attributes", "v2/a", "v2/a/j"})
ANSWERS = frozenset({"v1/devices/me/rpc/response", "v2/r/res", "v2/r/res/j"})  # before the number
CLAIM = "v1/devices/me/claim"
GATEWAY_CLAIM = "v1/gateway/claim"
GATEWAY_CONNECT = "v1/gateway/connect"
GATEWAY_DISCONNECT = "v1/gateway/disconnect"
GATEWAY_TELEMETRY = "v1/gateway/telemetry"
GATEWAY_ATTRIBUTES = "v1/gateway/attributes"
GATEWAY_ANSWER = "v1/gateway/rpc"
ALL = (
    *sorted(TELEMETRY),
    *sorted(ATTRIBUTES),
    *(f"{topic}/{{number}}" for topic in sorted(ANSWERS)),
    CLAIM,
    GATEWAY_CONNECT,
    GATEWAY_DISCONNECT,
    GATEWAY_TELEMETRY,
    GATEWAY_ATTRIBUTES,
    GATEWAY_ANSWER,
    GATEWAY_CLAIM,
)


def is_answer(topic: str) -> bool:
    """Return whether a device answers a command on *topic*."""
    return topic.rpartition("/")[0] in ANSWERS
