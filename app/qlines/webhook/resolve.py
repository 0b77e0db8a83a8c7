"""Find the addresses of a webhook's host that may be connected to, with one look-up.

Who connects uses what was checked here. A second look-up could give another answer: so DNS servers
of attackers let a check pass, and then send the connection elsewhere.
"""

import socket
import threading
from collections.abc import Callable

from qlines.errors import WebhookError
from qlines.webhook import addresses
from qlines.webhook.deadline import Deadline
from qlines.webhook.url import Target

# At the same time: a DNS that does not answer keeps a thread for longer than a webhook may take. It
# is more than one owner may have under way, and fewer than the web app's real threads.
MAX_LOOK_UPS = 6
LookUp = Callable[[str, int], list[str]]


def look_up(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host, in the order in which they should be tried."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Resolver:
    """Resolves so many names at a time."""

    def __init__(self, *, allows_private: bool, look_up: LookUp = look_up) -> None:
        self._allows_private = allows_private
        self._look_up = look_up
        self._places = threading.BoundedSemaphore(MAX_LOOK_UPS)

    def addresses_of(self, target: Target, deadline: Deadline) -> list[str]:
        """Return the addresses of the host that may be connected to.

        Raise WebhookError without any, TimeoutError when no place became free in time.
        """
        found = self._found(target, deadline)
        refused = {
            one: addresses.refusal(one, allows_private=self._allows_private) for one in found
        }
        allowed = [one for one, adjective in refused.items() if not adjective]
        if allowed or not refused:
            return allowed
        address, adjective = next(iter(refused.items()))
        raise WebhookError(
            f"{target.host} stands for {address}, and a webhook may not be at a {adjective}"
            " address: use one that the Internet reaches"
        )

    def _found(self, target: Target, deadline: Deadline) -> list[str]:
        if not self._places.acquire(timeout=deadline.left()):
            raise TimeoutError
        try:
            return self._look_up(target.host, target.port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise WebhookError(f"the name {target.host} was not found: {reason}") from None
        finally:
            self._places.release()
