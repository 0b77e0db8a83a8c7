"""Send a signed message to a webhook once, and return its response."""

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
from qlines.webhook.http import Response
from qlines.webhook.resolve import LookUp, Resolver, look_up
from qlines.webhook.url import Rules, parse

SECONDS = 10.0  # of one attempt as a whole, but for a look-up that DNS does not answer
MAX_ANSWER_BYTES = 65_536


class Message(NamedTuple):
    """What is sent, JSON, under an id that stays the same over attempts."""

    id: str
    body: bytes


class WebhookSender:
    """Sends to the addresses that *rules* allow; may be used by several threads."""

    def __init__(self, rules: Rules, clock: Clock, look_up: LookUp = look_up) -> None:
        self.rules = rules
        self._clock = clock
        self._resolver = Resolver(allows_private=rules.allows_private, look_up=look_up)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Reading the authorities takes 20 ms and some memory: once, and not before it is needed.
        return ssl.create_default_context()

    def send(self, url: str, secrets: Sequence[str], message: Message) -> Response:
        """Send a message and return the response, whatever its status.

        Raise WebhookError, whose sentence is for the owner, when there is no response.
        """
        deadline = Deadline(SECONDS, self._clock)
        try:
            target = parse(url, self.rules)
            found = self._resolver.addresses_of(target, deadline)
            with http.connect(target, found, self._tls, deadline) as connection:
                request = self._request(target.authority, target.resource, secrets, message)
                return http.exchange(
                    connection, request, message.body, max_bytes=MAX_ANSWER_BYTES, deadline=deadline
                )
        except FieldError as error:  # the admin has changed the rules since it was set
            raise WebhookError(str(error)) from None
        except TimeoutError:
            raise WebhookError(f"it did not answer within {SECONDS:.0f} seconds") from None
        except ssl.SSLCertVerificationError as error:
            raise WebhookError(f"its certificate is not valid: {error.verify_message}") from None
        except OSError as error:
            reason = error.strerror or error
            raise WebhookError(f"the connection to it broke: {reason}") from None

    def _request(
        self, authority: str, resource: str, secrets: Sequence[str], message: Message
    ) -> h11.Request:
        timestamp = self._clock.now_us() // 1_000_000
        return h11.Request(
            method="POST",
            target=resource,
            headers=[
                ("Host", authority),
                ("User-Agent", f"QLines/{VERSION}"),
                ("Content-Type", "application/json"),
                ("Content-Length", str(len(message.body))),
                ("Accept", "application/json"),
                ("Accept-Encoding", "identity"),
                ("Connection", "close"),
                *signature.headers(secrets, message.id, timestamp, message.body),
            ],
        )
