"""Import Socket.IO without Kafka's client, which would take 9 MB of memory.

python-socketio imports the client of every message queue that is installed. Other programs of this
image need Kafka's; the web app's queue is Redis. tests/unit/web/test_light_socketio.py checks that
Socket.IO still treats the client as optional.
"""

import importlib
import sys
from typing import Any

UNUSED = "kafka"


def _import(name: str) -> Any:
    """Import the module while importing UNUSED raises ImportError."""
    loaded = sys.modules.get(UNUSED)
    sys.modules[UNUSED] = None  # type: ignore[assignment] # None makes an import raise ImportError
    try:
        return importlib.import_module(name)
    finally:
        del sys.modules[UNUSED]
        if loaded is not None:
            sys.modules[UNUSED] = loaded


socketio = _import("socketio")
flask_socketio = _import("flask_socketio")
