"""The topics that devices and gateways publish to, as in ThingsBoard's device and gateway API."""

TELEMETRY = frozenset({"v1/devices/me/telemetry", "v2/t", "v2/t/j"})
ATTRIBUTES = frozenset({"v1/devices/me/attributes", "v2/a", "v2/a/j"})
GATEWAY_CONNECT = "v1/gateway/connect"
GATEWAY_DISCONNECT = "v1/gateway/disconnect"
GATEWAY_TELEMETRY = "v1/gateway/telemetry"
GATEWAY_ATTRIBUTES = "v1/gateway/attributes"
ALL = (
    *sorted(TELEMETRY),
    *sorted(ATTRIBUTES),
    GATEWAY_CONNECT,
    GATEWAY_DISCONNECT,
    GATEWAY_TELEMETRY,
    GATEWAY_ATTRIBUTES,
)
