"""Messages to a topic of ntfy, on its public server or one's own (source: docs.ntfy.sh/publish)."""

from collections.abc import Mapping

import orjson

from qlines.clock import utc_datetime
from qlines.messengers.http_answer import of_api
from qlines.messengers.means import Means
from qlines.messengers.message import Message, one_line, shortened, shortened_to_bytes
from qlines.messengers.result import Result
from qlines.webhook.sender import Request

# 5 also sounds where the phone is silent.
PRIORITIES = {"critical": 5, "major": 4, "minor": 3, "warning": 3, "info": 2}
NORMAL = 3
MAX_TEXT_BYTES = 4_000  # a longer one arrives as a file
MAX_TITLE_CHARACTERS = 200


def send(settings: Mapping[str, str], message: Message, means: Means) -> Result:
    """Send a message to ``settings["topic"]`` once; raise WebhookError without an answer."""
    headers = [("Content-Type", "application/json")]
    if token := settings.get("token"):
        headers.append(("Authorization", f"Bearer {token}"))
    body = orjson.dumps(
        {
            "topic": settings["topic"],
            "title": shortened(one_line(message.title), MAX_TITLE_CHARACTERS),
            "message": shortened_to_bytes(message.text, MAX_TEXT_BYTES),
            "priority": priority_of(message),
            "tags": [message.severity] if message.severity else [],
            "click": means.public_url + message.path,
        }
    )
    # As JSON it goes to the root of the server; the topic is in the body.
    response = means.http.request(settings["server"].rstrip("/") + "/", Request(body, headers))
    return of_api(response, utc_datetime(means.clock.now_us()))


def priority_of(message: Message) -> int:
    """Return ntfy's priority, 1 to 5; that an alarm is over wakes nobody."""
    if message.type == "alarm.cleared":
        return NORMAL
    return PRIORITIES.get(message.severity, NORMAL)
