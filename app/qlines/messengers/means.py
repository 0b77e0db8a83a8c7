"""What senders of messages need beside the message: clients, keys and facts of this appliance."""

from collections.abc import Callable
from email.message import EmailMessage
from typing import NamedTuple, Protocol

from qlines.clock import Clock
from qlines.messengers.apprise_process import Apprise
from qlines.messengers.mail_links import MailLinks
from qlines.messengers.mail_server import MailServer
from qlines.messengers.vapid import VapidKey
from qlines.webhook.http import Response
from qlines.webhook.sender import Request

SECONDS = 20.0  # of one attempt: Standard Webhooks wants 15 to 30


class Requests(Protocol):
    """What sends HTTP requests: qlines.webhook's Sender, or a test's."""

    def request(self, url: str, request: Request) -> Response:
        """Send a request and return the response; raise WebhookError without one."""
        ...


class Means(NamedTuple):
    """Without a *mail_server*, a *telegram_token* or *apprise* those channels cannot send.

    *public_url* is the address that people open in the browser, without a slash at its end; *links*
    are those that receivers of mails open.
    *keep_mail* gets the mails of a demonstration that has no mail server.
    """

    http: Requests
    clock: Clock
    public_url: str
    links: MailLinks
    mail_server: MailServer | None
    telegram_token: str
    vapid: VapidKey
    apprise: Apprise | None = None
    keep_mail: Callable[[EmailMessage], None] | None = None
