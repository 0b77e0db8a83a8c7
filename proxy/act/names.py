"""Find the addresses of upstreams again and again, without ever making anybody wait for DNS."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

KNOWN_EVERY_SECONDS = 1.0
UNKNOWN_EVERY_SECONDS = 2.0


def look_up(host: str) -> tuple[str, ...]:
    """Return the addresses of a host, IPv4 where there is any; () when it has none."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    addresses = sorted({str(entry[4][0]) for entry in found})
    return tuple(one for one in addresses if ":" not in one) or tuple(addresses)


class Names:
    """What each host's addresses are by the last look.

    A host that is not to be found keeps the addresses it had: a container that is stopped has no
    name, and trying where it was costs nothing until it is back.
    """

    def __init__(self, look: Callable[[str], tuple[str, ...]] = look_up) -> None:
        self._look = look
        self._found: dict[str, tuple[str, ...]] = {}
        self._looked: set[str] = set()
        self._watched: set[str] = set()

    def watch(self, hosts: Iterable[str]) -> None:
        """Follow these hosts from now on, each in a thread of its own, and no others."""
        wanted = set(hosts)
        fresh, self._watched = wanted - self._watched, wanted
        for host in fresh:
            threading.Thread(target=self._follow, args=(host,), daemon=True).start()

    def have_looked(self, hosts: Iterable[str]) -> bool:
        """Tell whether each of these hosts was looked up once at least, found or not."""
        return self._looked.issuperset(hosts)

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses by the last look that found any."""
        return self._found.get(host, ())

    def note(self, host: str) -> bool:
        """Look once; return whether the host was found."""
        found = self._look(host)
        if found and found != self._found.get(host):
            log.info("%s is at %s", host, ", ".join(found))
            self._found[host] = found
        self._looked.add(host)
        return bool(found)

    def _follow(self, host: str) -> None:
        while host in self._watched:
            time.sleep(KNOWN_EVERY_SECONDS if self.note(host) else UNKNOWN_EVERY_SECONDS)
