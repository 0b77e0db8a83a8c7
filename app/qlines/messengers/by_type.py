"""Send a message to a channel of any type."""

from collections.abc import Callable, Mapping
from importlib import import_module

from qlines.errors import WebhookError
from qlines.messengers import result
from qlines.messengers.means import Means
from qlines.messengers.message import Message
from qlines.messengers.result import Result

Send = Callable[[str, Mapping[str, str], Message, Means], Result]
SendToType = Callable[[Mapping[str, str], Message, Means], Result]

MODULES = {
    "email": "qlines.messengers.email",
    "webhook": "qlines.messengers.webhook",
    "telegram": "qlines.messengers.telegram",
    "ntfy": "qlines.messengers.ntfy",
    "web_push": "qlines.messengers.web_push",
    "apprise": "qlines.messengers.apprise",
}
# Between two messages to one channel: Telegram allows a chat one a second.
PAUSE_SECONDS = {"telegram": 1.0}


def send(channel_type: str, settings: Mapping[str, str], message: Message, means: Means) -> Result:
    """Send a message once, and return what became of it; raises nothing that passes."""
    # A job sends to one channel, and the libraries of web pushes are large.
    module = import_module(MODULES[channel_type])
    sender: SendToType = module.send
    try:
        return sender(settings, message, means)
    except WebhookError as error:
        return result.retry(str(error))
