"""Import Socket.IO without the clients of message queues that the web app does not use.

python-socketio imports every queue's client that is installed. Kafka's, which other programs of
ours need, is 9 MB in this process for nothing: our queue is Redis.
"""

import importlib
import sys
from typing import Any

UNUSED = "kafka"


def _import(name: str) -> Any:
    """Import the module while the unused one cannot be found; later it can be again."""
    loaded = sys.modules.get(UNUSED)
    sys.modules[UNUSED] = None  # type: ignore[assignment] # Python's way to say "there is none"
    try:
        return importlib.import_module(name)
    finally:
        del sys.modules[UNUSED]
        if loaded is not None:
            sys.modules[UNUSED] = loaded


socketio = _import("socketio")
flask_socketio = _import("flask_socketio")
