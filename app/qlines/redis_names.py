"""The names in Redis that several programs use: the one place that spells them.

RQ's own keys are RQ's; the queue's name is in qlines.jobs.queue.
"""

# Sorted set of device ids; the score is the epoch second until which a browser watches the
# device. The web app refreshes it, live reads it.
WATCHED_DEVICES = "watched"
# Channel on which the web app announces a newly watched device; the message has no content.
WATCHED_CHANGED = "watched-changed"
# Channel of Socket.IO's message queue: Flask-SocketIO's default.
SOCKETIO_CHANNEL = "flask-socketio"


def device_page_room(device_id: str) -> str:
    """Return the Socket.IO room of the pages that show a device's commands and attributes."""
    return f"device-page:{device_id}"


def owner_room(user_id: str) -> str:
    """Return the Socket.IO room of all pages that a user has open."""
    return f"owner:{user_id}"


def device_room(device_id: str) -> str:
    """Return the Socket.IO room of the browsers that watch a device."""
    return f"device:{device_id}"
