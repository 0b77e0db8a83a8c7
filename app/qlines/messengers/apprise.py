"""Messages to the services that Apprise knows, by an address in its own notation.

Source: github.com/caronc/apprise. The admin decides whether there are such channels
(QLINES_APPRISE). Apprise does not say whether a message that it could not deliver has arrived all
the same, at one of several receivers for instance. So an attempt that failed is the last one: a
message that is lost is in the log of the channel, and nobody has one ten times. Where a message
must arrive there is another type of channel. One that was on its way when QLines was killed is sent
again, and may arrive twice: it is an alarm, and has no id by which a receiver would know it.
"""

from collections.abc import Mapping

from qlines.messengers import result
from qlines.messengers.means import Means
from qlines.messengers.message import Message, shortened
from qlines.messengers.result import Result

SWITCHED_OFF = "channels of Apprise are switched off: the admin switches them on by QLINES_APPRISE"
# Apprise's own types, by which services choose a symbol or a colour.
KINDS = {"critical": "failure", "major": "failure", "minor": "warning", "warning": "warning"}
OVER = "success"
INFO = "info"
MAX_TITLE_CHARACTERS, MAX_TEXT_CHARACTERS = 250, 10_000  # it makes several messages of a longer one


def send(settings: Mapping[str, str], message: Message, means: Means) -> Result:
    """Send a message to ``settings["url"]`` once."""
    if means.apprise is None:
        return result.refused(SWITCHED_OFF)
    text = f"{shortened(message.text, MAX_TEXT_CHARACTERS)}\n\n{means.public_url}{message.path}"
    title = shortened(message.title, MAX_TITLE_CHARACTERS)
    reason = means.apprise.send(settings["url"], title, text, kind_of(message))
    return result.refused(reason) if reason else result.ok("Apprise has delivered it")


def kind_of(message: Message) -> str:
    """Return Apprise's type of a message."""
    return OVER if message.type == "alarm.cleared" else KINDS.get(message.severity, INFO)
