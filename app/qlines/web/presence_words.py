"""What it means for a device's owner that it was disconnected for some reason; pure.

The reasons are those of the broker (appliance/broker/disconnect_reason.c, connection.c), which its
plugin writes into the spool, and those of store/presence.py.
"""

from qlines.store.presence import GATEWAY_DISCONNECTED, GONE, RESTARTED

MEANINGS = {
    "client disconnected": "The device ended the connection itself.",
    "connection closed by the device": (
        "The device closed the connection without a word: it may have restarted."
    ),
    "connection lost": "The network between the device and this server broke.",
    "connection lost in the middle of a packet": (
        "The network broke while the device was sending."
    ),
    "keepalive exceeded": (
        "The device was silent for longer than it had promised: check its power and its network."
    ),
    "packet too large": "The device sent a message that is too large.",
    "protocol error": "The device sent something that is not MQTT.",
    "session taken over": (
        "It connected again before its earlier connection had ended, or another device uses its"
        " client id."
    ),
    RESTARTED: "This server restarted. The device should connect again by itself.",
    GONE: (
        "The server that it was connected to is gone. The device should connect to another one."
    ),
    GATEWAY_DISCONNECTED: "The gateway that sends for this device is gone.",
}


def meaning_of(reason: str) -> str:
    """Return the sentence for a reason, empty for one that explains itself or is unknown."""
    return MEANINGS.get(reason, "")
