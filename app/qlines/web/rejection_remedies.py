"""What to do about a message that could not be stored, by the reason that its owner sees; pure.

A reason begins as its program writes it: ingest (decode.py, values.py, gateway.py, answers.py), the
HTTP API for devices (web/device) or the broker's plugin (appliance/broker).
"""

from qlines.store.claim_rules import EXAMPLE as CLAIM_EXAMPLE
from qlines.store.claim_rules import GATEWAY_EXAMPLE

EXAMPLE = '{"temperature": 21.5}'
CORRECT = "Correct the message and send it again."
LESS = "Send less often, or several readings in one message."
SPLIT = "Send it in several messages."
FLATTEN = "Put the values side by side, not inside one another."
RENAME = "Give it a name of 1 to 255 characters, without control characters."

# The first one whose text is in the reason counts.
REMEDIES = (
    ("cannot be a device's name", RENAME),
    ("a gateway's claims must be ", f"Send {GATEWAY_EXAMPLE}."),
    ("a claim must be ", f"Send an empty message, or {CLAIM_EXAMPLE}."),
    ("secretKey must be ", f"Send {CLAIM_EXAMPLE}."),
    ("durationMs must be ", f"Send {CLAIM_EXAMPLE}."),
    ("an answer of a gateway ", 'Send {"device": "name", "id": 1, "data": {"done": true}}.'),
    ("an answer must not be nested ", FLATTEN),
    ("an answer must be text in UTF-8", "Encode the answer as UTF-8."),
    ("the number of a command ", "Answer under the number with which the command came."),
    ("not JSON: the ", f"Send an object, such as {EXAMPLE}."),
    ("not JSON: byte ", "Encode the message as UTF-8."),
    ("not JSON that can be stored", FLATTEN),
    ("not JSON: depth limit ", FLATTEN),  # over HTTP
    ("not JSON", f"Send JSON, such as {EXAMPLE}, with the name in double quotes."),
    ("telemetry must be ", f"Send an object, such as {EXAMPLE}, or an array of objects."),
    ("attributes must be ", 'Send an object, such as {"firmware": "1.2"}.'),
    ('beside "ts"', f'Send {{"ts": 1700000000000, "values": {EXAMPLE}}}.'),
    ("the message must be an object", 'Send {"device": "name"}.'),
    ("an object of attributes", 'Send {"name": {"firmware": "1.2"}}.'),
    ("a gateway sends", f'Send {{"name": [{EXAMPLE}]}}.'),
    (
        "ts must be ",
        "Send ts in milliseconds since 1970, or leave it out: it is the time of receipt then.",
    ),
    ("values may be nested ", FLATTEN),
    ("a message may hold at most ", SPLIT),
    ("a message may name at most ", SPLIT),
    ("a message may have at most ", SPLIT),
    ("a payload may have at most ", SPLIT),
    ("a request may have at most ", "Ask for less at once, such as fewer keys."),
    ("fit into 64 bits", "Send such a number as text, in double quotes."),
    (
        "a device has at most ",
        "Put what changes, such as an id or a time, into a value, not into a key.",
    ),
    ("the key ", RENAME),
    (
        "is for gateways",
        "Switch “gateway” on at the device's page, or publish to v1/devices/me/telemetry.",
    ),
    ("topic ", "Publish to v1/devices/me/telemetry."),
    ("the device sends more ", LESS),
    ("the devices of this owner send more ", LESS),
    ("the device has ", "Close the old connections, or add a device for each sender."),
    ("the device connects too often", "Keep the connection open between two messages."),
    ("a connection of the device has ", "Subscribe to one topic with a + instead of each name."),
)


def remedy_of(reason: str) -> str:
    """Return in a sentence what to do."""
    return next((remedy for text, remedy in REMEDIES if text in reason), CORRECT)
