"""Send a request to an address that a person has chosen once, and return its response.

Whatever leaves for such an address leaves here: `Sender` sends any request, `WebhookSender` a
message that is signed as Standard Webhooks describes it.
"""

import ssl
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import h11

from qlines.clock import Clock
from qlines.errors import FieldError, WebhookError
from qlines.version import VERSION
from qlines.webhook import http, signature
from qlines.webhook.deadline import Deadline
from qlines.webhook.http import Headers, Response
from qlines.webhook.resolve import LookUp, Resolver, look_up
from qlines.webhook.url import Rules, Target, parse

SECONDS = 10.0  # of one attempt as a whole, but for a look-up that DNS does not answer
MAX_ANSWER_BYTES = 65_536


class Message(NamedTuple):
    """What is sent to a webhook, JSON, under an id that stays the same over attempts."""

    id: str
    body: bytes


class Request(NamedTuple):
    """What is posted to any address; those headers are added that every request has."""

    body: bytes
    headers: Headers


class Sender:
    """Sends to the addresses that *rules* allow; may be used by several threads.

    An attempt is cut off after so many *seconds*, and an answer of more than *max_answer_bytes*.
    """

    def __init__(
        self,
        rules: Rules,
        clock: Clock,
        look_up: LookUp = look_up,
        seconds: float = SECONDS,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self.rules = rules
        self._clock = clock
        self._seconds = seconds
        self._max_answer_bytes = max_answer_bytes
        self._resolver = Resolver(allows_private=rules.allows_private, look_up=look_up)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Reading the authorities takes 20 ms and some memory: once, and not before it is needed.
        return ssl.create_default_context()

    def request(self, url: str, request: Request) -> Response:
        """Send a request and return the response, whatever its status.

        Raise WebhookError, whose sentence is for the owner, when there is no response.
        """
        deadline = Deadline(self._seconds, self._clock)
        try:
            target = parse(url, self.rules)
            found = self._resolver.addresses_of(target, deadline)
            with http.connect(target, found, self._tls, deadline) as connection:
                return http.exchange(
                    connection,
                    _with_headers(target, request),
                    request.body,
                    max_bytes=self._max_answer_bytes,
                    deadline=deadline,
                )
        except FieldError as error:  # the admin has changed the rules since it was set
            raise WebhookError(str(error)) from None
        except TimeoutError:
            raise WebhookError(f"it did not answer within {self._seconds:.0f} seconds") from None
        except ssl.SSLCertVerificationError as error:
            raise WebhookError(f"its certificate is not valid: {error.verify_message}") from None
        except OSError as error:
            reason = error.strerror or error
            raise WebhookError(f"the connection to it broke: {reason}") from None


class WebhookSender(Sender):
    """Sends signed messages."""

    def send(self, url: str, secrets: Sequence[str], message: Message) -> Response:
        """Send a message and return the response, whatever its status; raise WebhookError."""
        timestamp = self._clock.now_us() // 1_000_000
        headers = [
            ("Content-Type", "application/json"),
            ("Accept", "application/json"),
            *signature.headers(secrets, message.id, timestamp, message.body),
        ]
        return self.request(url, Request(message.body, headers))


def _with_headers(target: Target, request: Request) -> h11.Request:
    return h11.Request(
        method="POST",
        target=target.resource,
        headers=[
            ("Host", target.authority),
            ("User-Agent", f"QLines/{VERSION}"),
            ("Content-Length", str(len(request.body))),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
            *request.headers,
        ],
    )
